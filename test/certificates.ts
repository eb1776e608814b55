import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority, type Leaf } from '#sandbox/kubernetes/access/certificates.ts';
import { giveTo, serverAccount } from '#sandbox/servers/account.ts';
import { newServerFolder } from '#sandbox/servers/folders.ts';

/** A CA and a server's certificate as files that a test server may read: PostgreSQL wants its key to be its own. */
export interface CertificateFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** A CA that has signed nothing here. */
  readonly otherCa: string;
  remove(): Promise<void>;
}

export async function certificateFiles(leaf: Omit<Leaf, 'commonName' | 'use'>): Promise<CertificateFiles> {
  const account = serverAccount();
  const folder = await newServerFolder(account);
  const authority = createAuthority('till test', Date.now());
  const { pem, keyPem } = authority.issue({ commonName: 'server', use: 'server', ...leaf });
  const texts = {
    ca: authority.pem,
    certificate: pem,
    key: keyPem,
    otherCa: createAuthority('somebody else', Date.now()).pem,
  };
  const paths: Record<string, string> = {};
  for (const [name, text] of Object.entries(texts)) {
    const path = join(folder, `${name}.pem`);
    await writeFile(path, text);
    await chmod(path, 0o600);
    await giveTo(account, path);
    paths[name] = path;
  }
  const { ca = '', certificate = '', key = '', otherCa = '' } = paths;
  return { ca, certificate, key, otherCa, remove: () => rm(folder, { recursive: true, force: true }) };
}
