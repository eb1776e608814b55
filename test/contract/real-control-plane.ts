import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Authority, createAuthority } from '#sandbox/kubernetes/access/certificates.ts';
import type { ApiServer } from './api-server.ts';
import { ApiClient } from './client.ts';

const { KUBEBUILDER_ASSETS: assets } = process.env;

/** Whether there is a real one: the folder that the field's convention names holds `etcd` and `kube-apiserver`. */
export const hasRealControlPlane =
  assets !== undefined && ['etcd', 'kube-apiserver'].every((binary) => existsSync(join(assets, binary)));

/** A real etcd and kube-apiserver on free ports of this machine, with certificates of their own, gone with the test. */
export async function startRealControlPlane(): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'till-real-'));
  const authority = createAuthority('till-contract-ca', Date.now());
  const [port, etcdPort, peerPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const started: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of started.reverse()) {
      await ended(child);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    started.push(run(folder, 'etcd', etcdArguments(folder, etcdPort, peerPort)));
    started.push(run(folder, 'kube-apiserver', serverArguments(folder, authority, port, etcdPort)));
    const kubeconfigPath = writeKubeconfig(folder, authority, port);
    const clients = {
      admin: ApiClient.of(kubeconfigPath),
      viewer: ApiClient.withToken(kubeconfigPath, 'viewer-token'),
      nobody: ApiClient.withToken(kubeconfigPath, 'nobody-token'),
      anonymous: ApiClient.withToken(kubeconfigPath),
      stranger: ApiClient.withToken(kubeconfigPath, 'not-a-token'),
    };
    await ready(clients.admin, started);
    return {
      name: 'a real kube-apiserver',
      kubeconfigPath,
      auditLogPath: auditLogOf(folder),
      ...clients,
      compact: () => compact(clients.admin, etcdPort),
      stop: async () => {
        await Promise.all(Object.values(clients).map((client) => client.close()));
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function etcdArguments(folder: string, port: number, peerPort: number): readonly string[] {
  const peer = `http://127.0.0.1:${peerPort}`;
  const client = `http://127.0.0.1:${port}`;
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

/** Without a controller-manager nobody makes service accounts, so the plug-in that waits for them is off. */
function serverArguments(folder: string, authority: Authority, port: number, etcdPort: number): readonly string[] {
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const server = authority.issue({ commonName: 'kube-apiserver', use: 'server', addresses: ['127.0.0.1'] });
  const account = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const tokens = 'viewer-token,viewer,uid-viewer\nnobody-token,nobody,uid-nobody\n';
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    '--endpoint-reconciler-type=none',
    `--tls-cert-file=${file('server.crt', server.pem)}`,
    `--tls-private-key-file=${file('server.key', server.keyPem)}`,
    `--client-ca-file=${file('ca.crt', authority.pem)}`,
    `--token-auth-file=${file('tokens.csv', tokens)}`,
    '--authorization-mode=Node,RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('sa.pub', account.publicKey.export({ type: 'spki', format: 'pem' }).toString())}`,
    `--service-account-signing-key-file=${file('sa.key', account.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())}`,
    '--service-cluster-ip-range=10.96.0.0/24',
    '--disable-admission-plugins=ServiceAccount',
    '--profiling=false',
    `--audit-policy-file=${file('audit.json', JSON.stringify(auditPolicy))}`,
    `--audit-log-path=${auditLogOf(folder)}`,
    // With snapshots in the watch cache, pages outlive a compaction by up to a minute.
    '--feature-gates=ListFromCacheSnapshot=false',
    `--cert-dir=${folder}`,
  ];
}

const auditPolicy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Metadata' }] };

function auditLogOf(folder: string): string {
  return join(folder, 'audit.log');
}

function writeKubeconfig(folder: string, authority: Authority, port: number): string {
  const admin = authority.issue({ commonName: 'admin', organizations: ['system:masters'], use: 'client' });
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const path = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'real',
        cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': base64(authority.pem) },
      },
    ],
    users: [
      {
        name: 'admin',
        user: { 'client-certificate-data': base64(admin.pem), 'client-key-data': base64(admin.keyPem) },
      },
    ],
    contexts: [{ name: 'real', context: { cluster: 'real', user: 'admin' } }],
    'current-context': 'real',
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

function run(folder: string, binary: string, parameters: readonly string[]): ChildProcess {
  const log = openSync(join(folder, `${binary}.log`), 'w');
  return spawn(join(assets ?? '', binary), parameters, { stdio: ['ignore', log, log] });
}

async function ready(admin: ApiClient, children: readonly ChildProcess[]): Promise<void> {
  for (const until = Date.now() + 90_000; Date.now() < until; await wait(200)) {
    const gone = children.find(({ exitCode }) => exitCode !== null);
    if (gone !== undefined) {
      throw new Error(`${gone.spawnfile} ended with ${gone.exitCode}`);
    }
    const answer = await admin.ask('/readyz').catch(() => undefined);
    if (answer?.code === 200) {
      return;
    }
  }
  throw new Error('the real API server did not get ready within 90 seconds');
}

/** Through etcd itself: the API has no word for it. The server notices at its next look at the past. */
async function compact(admin: ApiClient, etcdPort: number): Promise<void> {
  const list = await admin.get('/api/v1/namespaces?limit=1');
  const response = await fetch(`http://127.0.0.1:${etcdPort}/v3/kv/compaction`, {
    method: 'POST',
    body: JSON.stringify({ revision: list['metadata']?.['resourceVersion'] }),
  });
  if (!response.ok) {
    throw new Error(`etcd refused to compact: ${await response.text()}`);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exit;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
