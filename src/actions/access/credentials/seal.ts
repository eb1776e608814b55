import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { exitCodes, TillError } from '#text/till-error.ts';

/**
 * Sealed boxes: whoever mints a credential can seal it to a person, and only that person can open it. An ephemeral X25519
 * key agrees on a secret with the person's, HKDF-SHA-256 makes a key of it that is used once, and AES-256-GCM seals and
 * binds the context (estate, grant, credential), so that a box put in another's place does not open.
 *
 *     till-box-1 . base64url(ephemeral public key, 32) . base64url(tag, 16 ‖ ciphertext)
 */
const version = 'till-box-1';
const keyVersion = 'till-key-1';
const tagBytes = 16;
/** The key is new for each box, so the nonce may stand still. */
const nonce = Buffer.alloc(12);
/** What stands before the 32 bytes of an X25519 key in its DER forms (RFC 8410). */
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex');
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

export interface KeyPair {
  /** What the estate's `people[].key` holds: `till-key-1.…`. */
  readonly publicKey: string;
  /** Stays in the person's state folder, 0600. */
  readonly privateKey: string;
}

/** Each part is bound; two contexts never run together into one. */
export type SealContext = readonly string[];

export function newKey(): KeyPair {
  const pair = generateKeyPairSync('x25519');
  return { publicKey: publicTextOf(pair.publicKey), privateKey: privateTextOf(pair.privateKey) };
}

export function publicKeyOf(privateKey: string): string {
  return publicTextOf(createPublicKey(privateKeyIn(privateKey)));
}

export function seal(publicKey: string, context: SealContext, bytes: Uint8Array): string {
  const recipient = publicKeyIn(publicKey);
  const ephemeral = generateKeyPairSync('x25519');
  const own = rawOf(ephemeral.publicKey);
  const key = boxKey(ephemeral.privateKey, recipient, own, rawOf(recipient));
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(boundTo(context));
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return `${version}.${own.toString('base64url')}.${Buffer.concat([cipher.getAuthTag(), sealed]).toString('base64url')}`;
}

/** Throws TillError when it was sealed to another key, belongs elsewhere, or was changed; which of these nobody can tell. */
export function open(privateKey: string, context: SealContext, sealed: string): Buffer {
  const [form, ephemeral = '', box = '', ...rest] = sealed.split('.');
  const bytes = Buffer.from(box, 'base64url');
  // One text for one box: base64url has spare bits at its end, which a decoder passes over.
  const isCanonical =
    bytes.toString('base64url') === box && Buffer.from(ephemeral, 'base64url').toString('base64url') === ephemeral;
  if (form !== version || rest.length > 0 || bytes.length < tagBytes || !isCanonical) {
    throw unopened('it is not in a form that this till knows');
  }
  try {
    const own = privateKeyIn(privateKey);
    const sender = Buffer.from(ephemeral, 'base64url');
    const key = boxKey(own, publicOf(sender), sender, rawOf(createPublicKey(own)));
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(boundTo(context));
    decipher.setAuthTag(bytes.subarray(0, tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(tagBytes)), decipher.final()]);
  } catch {
    throw unopened('it was sealed to another key, belongs to another grant, or was changed on its way');
  }
}

/** Both public keys go into the key, as HPKE and NaCl's sealed boxes do: neither can be exchanged afterwards. */
function boxKey(privateKey: KeyObject, publicKey: KeyObject, ephemeral: Buffer, recipient: Buffer): Buffer {
  const secret = diffieHellman({ privateKey, publicKey });
  return Buffer.from(hkdfSync('sha256', secret, Buffer.concat([ephemeral, recipient]), version, 32));
}

function boundTo(context: SealContext): Buffer {
  return Buffer.from(JSON.stringify([version, ...context]));
}

function rawOf(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(publicPrefix.length);
}

function publicOf(raw: Buffer): KeyObject {
  if (raw.length !== 32) {
    throw unopened('its key is not 32 bytes');
  }
  return createPublicKey({ key: Buffer.concat([publicPrefix, raw]), format: 'der', type: 'spki' });
}

function publicTextOf(key: KeyObject): string {
  return `${keyVersion}.${rawOf(key).toString('base64url')}`;
}

function privateTextOf(key: KeyObject): string {
  const raw = key.export({ type: 'pkcs8', format: 'der' }).subarray(privatePrefix.length);
  return `${keyVersion}.private.${raw.toString('base64url')}`;
}

function publicKeyIn(text: string): KeyObject {
  const [form, raw = '', ...rest] = text.split('.');
  const bytes = Buffer.from(raw, 'base64url');
  if (form !== keyVersion || rest.length > 0 || bytes.length !== 32) {
    throw new TillError('this is no public key of till', {
      exit: exitCodes.usage,
      reason: 'key-invalid',
      next: '`till access key` prints one',
    });
  }
  return publicOf(bytes);
}

function privateKeyIn(text: string): KeyObject {
  const [form, kind, raw = ''] = text.trim().split('.');
  const bytes = Buffer.from(raw, 'base64url');
  if (form !== keyVersion || kind !== 'private' || bytes.length !== 32) {
    throw new TillError('the private key cannot be read', { exit: exitCodes.failed, reason: 'key-invalid' });
  }
  return createPrivateKey({ key: Buffer.concat([privatePrefix, bytes]), format: 'der', type: 'pkcs8' });
}

function unopened(why: string): TillError {
  return new TillError(`a sealed credential does not open: ${why}`, {
    exit: exitCodes.failed,
    reason: 'box-unopened',
    next: 'ask for it again with the key of this machine: `till access key` shows it',
  });
}
