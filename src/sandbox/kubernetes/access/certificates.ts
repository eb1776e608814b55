import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, boolean, explicit, implicit, integer, objectId, octets, sequence, set, text, time } from './der.ts';

/**
 * Certificates for the sandbox. Node signs but does not issue, so the structure is written here: it is short, it is fixed,
 * and a library for it brings an ASN.1 compiler and a dependency-injection container along (@peculiar/x509, under
 * `selfsigned` too). `openssl` may be missing where the sandbox runs.
 */
export interface Certificate {
  readonly pem: string;
  readonly keyPem: string;
}

export interface Authority extends Certificate {
  readonly issue: (leaf: Leaf) => Certificate;
}

export interface Leaf {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly use: 'server' | 'client';
  /** For servers. */
  readonly addresses?: readonly string[];
  readonly names?: readonly string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
}

const day = 86_400_000;
const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));

export function createAuthority(commonName: string, now: number): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keyId = keyIdOf(publicKey);
  const issuer = nameOf({ commonName });
  const pem = signed(privateKey, issuer, {
    subject: issuer,
    publicKey,
    notBefore: now - day,
    notAfter: now + 3650 * day,
    extensions: [
      extension('2.5.29.19', true, sequence(boolean(true))),
      extension('2.5.29.15', true, bits(Buffer.from([0x06]), 1)), // keyCertSign, cRLSign
      extension('2.5.29.14', false, octets(keyId)),
    ],
  });

  const issue = (leaf: Leaf): Certificate => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return {
      pem: signed(privateKey, issuer, {
        subject: nameOf(leaf),
        publicKey: pair.publicKey,
        notBefore: leaf.notBefore ?? now - day,
        notAfter: leaf.notAfter ?? now + 365 * day,
        extensions: leafExtensions(leaf, keyId),
      }),
      keyPem: pemOf(pair.privateKey),
    };
  };
  return { pem, keyPem: pemOf(privateKey), issue };
}

function leafExtensions(leaf: Leaf, authorityKeyId: Buffer): readonly Buffer[] {
  const purpose = leaf.use === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2';
  const alternatives = [
    ...(leaf.names ?? []).map((name) => implicit(2, Buffer.from(name))),
    ...(leaf.addresses ?? []).map((address) => implicit(7, Buffer.from(address.split('.').map(Number)))),
  ];
  return [
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)), // digitalSignature
    extension('2.5.29.37', false, sequence(objectId(purpose))),
    extension('2.5.29.35', false, sequence(implicit(0, authorityKeyId))),
    ...(alternatives.length === 0 ? [] : [extension('2.5.29.17', false, sequence(...alternatives))]),
  ];
}

interface Body {
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Buffer[];
}

function signed(issuerKey: KeyObject, issuer: Buffer, body: Body): string {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01;
  const content = sequence(
    explicit(0, integer(Buffer.from([2]))), // version 3
    integer(serial),
    ecdsaWithSha256,
    issuer,
    sequence(time(body.notBefore), time(body.notAfter)),
    body.subject,
    body.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...body.extensions)),
  );
  const certificate = sequence(content, ecdsaWithSha256, bits(sign('sha256', content, issuerKey)));
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function nameOf({ commonName, organizations = [] }: Pick<Leaf, 'commonName' | 'organizations'>): Buffer {
  const part = (id: string, value: string): Buffer => set(sequence(objectId(id), text(value)));
  return sequence(...organizations.map((each) => part('2.5.4.10', each)), part('2.5.4.3', commonName));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), octets(value));
}

function keyIdOf(publicKey: KeyObject): Buffer {
  return createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
