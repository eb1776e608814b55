import { generateKeyPairSync } from 'node:crypto';
import { bech32 } from '#text/bech32.ts';

export interface AgeKeys {
  /** `AGE-SECRET-KEY-1…`: whoever has it reads every backup. */
  readonly identity: string;
  /** `age1…`: sealing needs no more. */
  readonly recipient: string;
}

/** A pair as age-keygen makes it: the two halves of X25519 in Bech32 (https://age-encryption.org/v1, section "The X25519 recipient type"). */
export function newAgeKeys(): AgeKeys {
  const { privateKey } = generateKeyPairSync('x25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  return {
    identity: bech32('age-secret-key-', bytes(d)).toUpperCase(),
    recipient: bech32('age', bytes(x)),
  };
}

/** An Ed25519 private key in PEM, which signs manifests. */
export function newSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
