import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonical } from '#ledger/canonical.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

/**
 * How a manifest's signature stands. `unchecked`: it is signed, and the estate names no key to hold it against. Never hidden:
 * a backup whose signature is wrong is one that somebody may have made.
 */
export type SignatureState = 'good' | 'unsigned' | 'wrong' | 'unchecked';

const algorithm = 'ed25519';

/** The one line in the middle of a public key's PEM. */
export function publicKeyOf(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
}

/** An Ed25519 private key in PEM, as `openssl genpkey -algorithm ed25519` makes it. */
export function signingKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === algorithm) {
      return key;
    }
  } catch {
    // What OpenSSL says of it might quote it.
  }
  throw new TillError('`backups.signing` is no Ed25519 private key in PEM', {
    exit: exitCodes.usage,
    reason: 'signing-key',
    next: 'make one: openssl genpkey -algorithm ed25519',
  });
}

/** The text that lies beside the manifest: which key, and what it says of these bytes. */
export function signatureOf(manifest: Uint8Array, key: KeyObject): string {
  const signature = sign(null, manifest, key).toString('base64');
  return canonical({ algorithm, key: publicKeyOf(key), signature });
}

/** `trusted`: public keys as `publicKeyOf` writes them. */
export function signatureState(
  manifest: Uint8Array,
  signature: string | null,
  trusted: readonly string[],
): SignatureState {
  if (signature === null) {
    return 'unsigned';
  }
  const parsed = parsedOf(signature);
  if (parsed === null || !isSignedBy(manifest, parsed)) {
    return 'wrong';
  }
  if (trusted.length === 0) {
    return 'unchecked';
  }
  return trusted.includes(parsed.key) ? 'good' : 'wrong';
}

interface Parsed {
  readonly key: string;
  readonly signature: string;
}

function parsedOf(text: string): Parsed | null {
  try {
    const { algorithm: named, key, signature } = JSON.parse(text);
    return named === algorithm && typeof key === 'string' && typeof signature === 'string' ? { key, signature } : null;
  } catch {
    return null;
  }
}

function isSignedBy(manifest: Uint8Array, { key, signature }: Parsed): boolean {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
    return (
      publicKey.asymmetricKeyType === algorithm && verify(null, manifest, publicKey, Buffer.from(signature, 'base64'))
    );
  } catch {
    return false;
  }
}
