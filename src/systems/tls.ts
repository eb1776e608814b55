import { readFile } from 'node:fs/promises';
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls';
import { ReadFailure } from './source.ts';

type TlsMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

export interface TlsWish {
  readonly mode: TlsMode;
  /** A PEM file; without one, the authorities that Node trusts. */
  readonly ca: string | undefined;
  /** Names that the certificate may carry; one that matches is enough. */
  readonly names: readonly string[];
}

/**
 * TLS with libpq's meaning of the modes: `require` encrypts and verifies nothing, unless a CA is named, when it is
 * `verify-ca`; `verify-full` also holds the name against the certificate. Null means plain text.
 */
export async function tlsOptions({ mode, ca, names }: TlsWish): Promise<ConnectionOptions | null> {
  if (mode === 'disable') {
    return null;
  }
  if (mode === 'require' && ca === undefined) {
    return { rejectUnauthorized: false };
  }
  return {
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca: await authorityFrom(ca) }),
    checkServerIdentity: mode === 'verify-full' ? (_, certificate) => identity(names, certificate) : () => undefined,
  };
}

function identity(names: readonly string[], certificate: PeerCertificate): Error | undefined {
  const answers = names.map((name) => checkServerIdentity(name, certificate));
  return answers.includes(undefined) ? undefined : answers[0];
}

/** Read at each connection: certificates are rotated while a console stays open. */
async function authorityFrom(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ReadFailure(
      'not-probed',
      `the CA file ${path} could not be read`,
      (error as { code?: string }).code ?? null,
    );
  }
}

/**
 * The names a certificate is held against. Through a port-forward the address is 127.0.0.1, so it is the Service's names, as
 * operators such as CloudNativePG issue them, and the host that the estate names.
 */
export function namesOf(server: {
  readonly host: string;
  readonly via?: { readonly service: string; readonly namespace: string } | undefined;
}): readonly string[] {
  const { host, via } = server;
  if (via === undefined) {
    return [host];
  }
  const { service, namespace } = via;
  const inside = [
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
    `${service}.${namespace}`,
  ];
  return [...inside, service, host];
}
