import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { ed25519, isKeyName, keyId, verifierKeyText } from '../verifier/note.ts';

/** A private key that signs notes, and what it is known by. */
export interface Signer {
  readonly name: string;
  readonly id: string;
  /** The public key in a line: what everybody else is given. */
  readonly vkey: string;
  sign(text: string): Buffer;
}

/** DER of an Ed25519 PrivateKeyInfo up to the 32 bytes of the seed (RFC 8410 §7). */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** `PRIVATE+KEY+name+id+base64(type ‖ seed)`, as golang.org/x/mod/sumdb/note writes it, or a PEM; null when it is neither. */
export function signerFrom(secret: string, name: string): Signer | null {
  const text = secret.trim();
  try {
    return text.startsWith('-----BEGIN') ? signerOf(createPrivateKey(text), name) : fromNoteKey(text);
  } catch {
    // What the library says of a key that it cannot read may hold parts of it.
    return null;
  }
}

function fromNoteKey(text: string): Signer | null {
  const [, name = '', id = '', encoded = ''] =
    /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/u.exec(text) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== 33 || bytes[0] !== ed25519) {
    return null;
  }
  const der = Buffer.concat([pkcs8, bytes.subarray(1)]);
  const signer = signerOf(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }), name);
  return signer?.id === id ? signer : null;
}

function signerOf(key: KeyObject, name: string): Signer | null {
  if (key.asymmetricKeyType !== 'ed25519' || !isKeyName(name)) {
    return null;
  }
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    name,
    id: keyId(name, raw),
    vkey: verifierKeyText(name, raw),
    sign: (text) => sign(null, Buffer.from(text), key),
  };
}

/** A new key, as the text that is kept secret. */
export function newSecret(name: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  return `PRIVATE+KEY+${name}+${keyId(name, raw)}+${Buffer.concat([Buffer.of(ed25519), seed]).toString('base64')}`;
}

/** The note that this key signs for a text. */
export function signedNote(text: string, signer: Signer): string {
  const signature = Buffer.concat([Buffer.from(signer.id, 'hex'), signer.sign(text)]);
  return `${text}\n— ${signer.name} ${signature.toString('base64')}\n`;
}
