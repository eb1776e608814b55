import { createPrivateKey, createPublicKey } from 'node:crypto';
import { bech32, fromBech32 } from '#text/bech32.ts';

const keyBytes = 32;
/** PKCS #8 of an X25519 key, up to the key itself (RFC 8410). */
const envelope = Buffer.from('302e020100300506032b656e04220420', 'hex');

export interface AgeIdentities {
  /** Of each identity in the text, in order: whoever is sealed for them can open it. */
  readonly recipients: readonly string[];
  /** Lines that begin as an identity does, and are none: a letter is wrong. */
  readonly unreadable: number;
}

/** The recipients of an identity file, as `age-keygen -y` prints them. */
export function recipientsOf(identities: string): AgeIdentities {
  const lines = identities.split(/\r?\n/).filter((line) => line.startsWith('AGE-SECRET-KEY-1'));
  const recipients = lines.flatMap((line) => {
    const read = fromBech32(line.trim());
    return read?.prefix === 'age-secret-key-' && read.bytes.length === keyBytes ? [recipientOf(read.bytes)] : [];
  });
  return { recipients, unreadable: lines.length - recipients.length };
}

/** Null for a recipient that age takes. */
export function whatIsWrongWith(recipient: string): string | null {
  const read = fromBech32(recipient);
  if (read === null) {
    return 'is no age recipient: a letter of it is wrong';
  }
  return read.prefix === 'age' && read.bytes.length === keyBytes ? null : 'is no X25519 recipient of age';
}

function recipientOf(secret: Buffer): string {
  const key = createPrivateKey({ key: Buffer.concat([envelope, secret]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return bech32('age', Buffer.from(x, 'base64url'));
}
