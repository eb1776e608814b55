import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { createAuthority } from '#sandbox/kubernetes/access/certificates.ts';

/** A real etcd and kube-apiserver from KUBEBUILDER_ASSETS, on free ports, with certificates and tokens made for them. */
export class ControlPlane {
  readonly #binaries: string;
  #folder = '';
  readonly #authority = createAuthority('control plane', Date.now());
  readonly #children = new Set<ChildProcess>();
  #etcd = 0;

  constructor(binaries: string) {
    this.#binaries = binaries;
  }

  async start(): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), 'till-control-plane-'));
    const server = this.#authority.issue({ commonName: 'api', use: 'server', addresses: ['127.0.0.1'] });
    const account = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#write('ca.crt', this.#authority.pem);
    this.#write('api.crt', server.pem);
    this.#write('api.key', server.keyPem);
    this.#write('sa.key', account.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    this.#write('sa.pub', account.publicKey.export({ type: 'spki', format: 'pem' }).toString());
    this.#write('tokens.csv', 'admin,admin,admin,"system:masters"\nnobody,nobody,nobody\n');
    const [client, peer] = await Promise.all([freePort(), freePort()]);
    this.#etcd = client;
    this.#run('etcd', [
      `--data-dir=${join(this.#folder, 'etcd')}`,
      `--listen-client-urls=http://127.0.0.1:${client}`,
      `--advertise-client-urls=http://127.0.0.1:${client}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
      '--unsafe-no-fsync',
    ]);
  }

  /** One API server on the etcd; several may stand side by side, or one after the other on a port. */
  async apiServer(given: { readonly port?: number; readonly flags?: readonly string[] } = {}): Promise<ApiServer> {
    const port = given.port ?? (await freePort());
    const file = (name: string) => join(this.#folder, name);
    const child = this.#run('kube-apiserver', [
      `--etcd-servers=http://127.0.0.1:${this.#etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--tls-cert-file=${file('api.crt')}`,
      `--tls-private-key-file=${file('api.key')}`,
      `--client-ca-file=${file('ca.crt')}`,
      `--token-auth-file=${file('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${file('sa.pub')}`,
      `--service-account-signing-key-file=${file('sa.key')}`,
      '--service-cluster-ip-range=10.96.0.0/24',
      '--disable-admission-plugins=ServiceAccount',
      ...(given.flags ?? []),
    ]);
    const server = new ApiServer(port, this.#authority.pem, child, this.#folder);
    await server.ready();
    return server;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#children].map(end));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #write(name: string, content: string): void {
    writeFileSync(join(this.#folder, name), content, { mode: 0o600 });
  }

  #run(binary: string, flags: readonly string[]): ChildProcess {
    const log = openSync(join(this.#folder, `${binary}.log`), 'a');
    const child = spawn(join(this.#binaries, binary), flags, { stdio: ['ignore', log, log] });
    this.#children.add(child);
    return child;
  }
}

export class ApiServer {
  readonly port: number;
  readonly #ca: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  constructor(port: number, ca: string, child: ChildProcess, folder: string) {
    this.port = port;
    this.#ca = ca;
    this.#child = child;
    this.#folder = folder;
  }

  /** A kubeconfig for one of the tokens; more of the user in YAML's flow style. */
  kubeconfig(token: string, more = ''): string {
    const path = join(this.#folder, `${token}-${Math.random().toString(36).slice(2)}`);
    const ca = Buffer.from(this.#ca).toString('base64');
    const cluster = `{server: "https://127.0.0.1:${this.port}", certificate-authority-data: ${ca}}`;
    const lines = [
      'current-context: c',
      `clusters: [{name: c, cluster: ${cluster}}]`,
      `users: [{name: u, user: {token: ${token}${more}}}]`,
      'contexts: [{name: c, context: {cluster: c, user: u}}]',
    ];
    writeFileSync(path, lines.join('\n'), { mode: 0o600 });
    return path;
  }

  /** As the administrator. Throws on a refusal. */
  async send(method: string, path: string, body?: object, accept = 'application/json'): Promise<unknown> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { authorization: 'Bearer admin', accept, 'content-type': type };
    const sent = request({ host: '127.0.0.1', port: this.port, ca: this.#ca, method, path, headers });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = await once(sent, 'response');
    let text = '';
    for await (const part of response.setEncoding('utf8')) {
      text += part;
    }
    if (response.statusCode >= 300) {
      throw new Error(`${method} ${path}: ${text.slice(0, 500)}`);
    }
    return text.startsWith('{') ? JSON.parse(text) : text;
  }

  async ready(): Promise<void> {
    const isReady = async () => {
      if (this.#child.exitCode !== null) {
        return true;
      }
      return this.send('GET', '/readyz').then(
        () => true,
        () => false,
      );
    };
    await vi.waitUntil(isReady, { timeout: 60_000, interval: 200 });
    if (this.#child.exitCode !== null) {
      const log = readFileSync(join(this.#folder, 'kube-apiserver.log'), 'utf8').trim().split('\n');
      throw new Error(`kube-apiserver ended: ${log.slice(-3).join('\n')}`);
    }
  }

  kill(): Promise<void> {
    return end(this.#child);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
