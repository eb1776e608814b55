import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Authority } from './certificates.ts';

export interface Credentials {
  readonly caPath: string;
  readonly kubeconfigPath: string;
}

/** Writes the authority's certificate, and a kubeconfig with a reader (current) and an administrator. Files 0600. */
export async function writeKubeconfig(folder: string, url: string, authority: Authority): Promise<Credentials> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const caPath = join(folder, 'kubernetes-ca.crt');
  const kubeconfigPath = join(folder, 'kubeconfig');
  const users = [
    { name: 'till-reader', context: 'till-sandbox', groups: ['till:readers'] },
    { name: 'admin', context: 'till-sandbox-admin', groups: ['system:masters'] },
  ].map((user) => ({
    ...user,
    certificate: authority.issue({ commonName: user.name, organizations: user.groups, use: 'client' }),
  }));

  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster: { server: url, 'certificate-authority-data': base64(authority.pem) } }],
    users: users.map(({ name, certificate }) => ({
      name,
      user: { 'client-certificate-data': base64(certificate.pem), 'client-key-data': base64(certificate.keyPem) },
    })),
    contexts: users.map(({ name, context }) => ({ name: context, context: { cluster: 'sandbox', user: name } })),
    'current-context': 'till-sandbox',
  };
  await writeWhole(caPath, authority.pem);
  // JSON is YAML: no serialiser is needed.
  await writeWhole(kubeconfigPath, `${JSON.stringify(kubeconfig, null, 2)}\n`);
  return { caPath, kubeconfigPath };
}

/** Whoever reads while we write sees the old file or the new one, never half of one. */
async function writeWhole(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

function base64(content: string): string {
  return Buffer.from(content).toString('base64');
}
