import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { sha256 } from './sha256.ts';

/**
 * Signed notes as C2SP writes them (signed-note.md), with Ed25519 alone: text, an empty line, and lines of
 * `— name base64(key id ‖ signature)`.
 */

export const ed25519 = 0x01;

/** A key that a signature may be checked with: `name+id+base64(type ‖ public key)`. */
export interface VerifierKey {
  readonly text: string;
  readonly name: string;
  /** Eight hexadecimal digits. */
  readonly id: string;
  readonly key: KeyObject;
}

export interface Signature {
  readonly name: string;
  readonly id: string;
  readonly bytes: Buffer;
}

export interface Note {
  /** What was signed: with its last line break, without the empty line. */
  readonly text: string;
  readonly signatures: readonly Signature[];
}

/** Key names must not hold Unicode spaces or plus. */
export const isKeyName = (name: string) => name !== '' && !/[\s+\u0085]/u.test(name);

/** Key id = SHA-256(name ‖ 0x0A ‖ type ‖ public key), its first four bytes. */
export function keyId(name: string, publicKey: Uint8Array): string {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ed25519), publicKey]), 'hex').slice(0, 8);
}

export function verifierKeyText(name: string, publicKey: Uint8Array): string {
  const encoded = Buffer.concat([Buffer.of(ed25519), publicKey]).toString('base64');
  return `${name}+${keyId(name, publicKey)}+${encoded}`;
}

/** DER of an Ed25519 SubjectPublicKeyInfo up to the 32 bytes of the key (RFC 8410 §4). */
const spki = Buffer.from('302a300506032b6570032100', 'hex');

/** The key in a line; null when it is none, or its id is not its own. */
export function verifierKey(text: string): VerifierKey | null {
  const {
    name = '',
    id = '',
    encoded = '',
  } = /^(?<name>[^+]+)\+(?<id>[0-9a-f]{8})\+(?<encoded>[A-Za-z0-9+/]+=*)$/u.exec(text.trim())?.groups ?? {};
  const bytes = strictly(encoded);
  const publicKey = bytes.subarray(1);
  if (!isKeyName(name) || bytes.length !== 33 || bytes[0] !== ed25519 || keyId(name, publicKey) !== id) {
    return null;
  }
  try {
    const key = createPublicKey({ key: Buffer.concat([spki, publicKey]), format: 'der', type: 'spki' });
    return { text: text.trim(), name, id, key };
  } catch {
    return null;
  }
}

/** Node decodes much that is not base64: two texts must not mean one key. */
function strictly(encoded: string): Buffer {
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.toString('base64') === encoded ? bytes : Buffer.alloc(0);
}

const mostBytes = 65_536;

/** The note in a text; null when it has not the form of one. No signature is checked. */
export function noteIn(text: string): Note | null {
  const end = text.lastIndexOf('\n\n');
  if (end < 0 || text.length > mostBytes || !text.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f\ufffd]/u.test(text)) {
    return null;
  }
  const signatures = text
    .slice(end + 2, -1)
    .split('\n')
    .map(signatureIn);
  return signatures.includes(null)
    ? null
    : { text: text.slice(0, end + 1), signatures: signatures.flatMap((found) => found ?? []) };
}

function signatureIn(line: string): Signature | null {
  const { name = '', encoded = '' } = /^— (?<name>\S+) (?<encoded>[A-Za-z0-9+/]+=*)$/u.exec(line)?.groups ?? {};
  const bytes = strictly(encoded);
  return !isKeyName(name) || bytes.length < 5
    ? null
    : { name, id: bytes.toString('hex', 0, 4), bytes: bytes.subarray(4) };
}

export type Opened =
  /** Signed by these keys. */
  | { readonly status: 'signed'; readonly by: readonly VerifierKey[] }
  /** None of the keys that we know has signed it: it must be ignored. */
  | { readonly status: 'unknown-key'; readonly ids: readonly string[] }
  /** It names a key that we know, whose signature this is not: the whole note is refused. */
  | { readonly status: 'forged'; readonly id: string };

/** Whose word a note is. */
export function openNote({ text, signatures }: Note, keys: readonly VerifierKey[]): Opened {
  const by: VerifierKey[] = [];
  for (const { name, id, bytes } of signatures) {
    const key = keys.find((known) => known.name === name && known.id === id);
    if (key !== undefined && !verify(null, Buffer.from(text), key.key, bytes)) {
      return { status: 'forged', id };
    }
    if (key !== undefined) {
      by.push(key);
    }
  }
  return by.length > 0
    ? { status: 'signed', by }
    : { status: 'unknown-key', ids: signatures.map(({ name, id }) => `${name}+${id}`) };
}
