import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accessOf } from '#systems/kubernetes/kubeconfig.ts';
import { openCluster } from '#systems/kubernetes/open.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'till-kubeconfig-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
}

/** A kubeconfig with one context, its cluster and its user all of one name. */
function simple(name: string, file = name): string {
  return write(
    file,
    `current-context: ${name}`,
    `clusters: [{name: ${name}, cluster: {server: "https://${name}:6443/"}}]`,
    `users: [{name: ${name}, user: {token: of-${name}}}]`,
    `contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}}}]`,
  );
}

const access = (env: NodeJS.ProcessEnv, context?: string) => accessOf({ path: undefined, context, env });
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no failure',
    (error: Error) => error.message,
  );

describe('the kubeconfig that is read', () => {
  it('is the one named', async () => {
    const env = { KUBECONFIG: simple('other') };
    const { server } = await accessOf({ path: simple('named'), context: undefined, env });
    expect(server).toBe('https://named:6443');
  });

  it('is the list in KUBECONFIG: absent files are passed over, the first of two entries wins', async () => {
    const first = simple('one');
    const second = write('two', ...['current-context: two', 'clusters: [{name: one, cluster: {server: "https://x"}}]']);
    const env = { KUBECONFIG: [join(folder, 'absent'), first, second, simple('three')].join(':') };
    expect(await access(env)).toMatchObject({ context: 'one', server: 'https://one:6443' });
    expect(await access(env, 'three')).toMatchObject({ server: 'https://three:6443', user: { token: 'of-three' } });
  });

  it('is ~/.kube/config otherwise', async () => {
    mkdirSync(join(folder, '.kube'));
    simple('home', '.kube/config');
    expect(await access({ HOME: folder })).toMatchObject({ context: 'home' });
  });

  it("is the pod's service account inside a cluster", async () => {
    const env = { HOME: folder, KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    const found = await access(env);
    expect(found.server).toBe('https://[fd00::1]:443');
    expect(found.user.tokenFile).toBe('/var/run/secrets/kubernetes.io/serviceaccount/token');
  });

  it('names its files relative to itself', async () => {
    const path = write(
      'config',
      'current-context: c',
      'clusters: [{name: c, cluster: {server: "https://c", certificate-authority: pki/ca.crt}}]',
      'users: [{name: u, user: {client-certificate: ../u.crt, client-key: /abs/u.key, tokenFile: token}}]',
      'contexts: [{name: c, context: {cluster: c, user: u}}]',
    );
    const { ca, user } = await accessOf({ path, context: undefined, env: {} });
    expect(ca.file).toBe(join(folder, 'pki/ca.crt'));
    expect(user.certificate.file).toBe(join(folder, '../u.crt'));
    expect([user.key.file, user.tokenFile]).toEqual(['/abs/u.key', join(folder, 'token')]);
  });
});

describe('a kubeconfig that will not do says so in words:', () => {
  it('it is not there', async () => {
    const path = join(folder, 'absent');
    expect(await failure(accessOf({ path, context: undefined, env: {} }))).toBe(`kubeconfig ${path} is not there`);
    expect(await failure(access({ HOME: folder }))).toBe(`no kubeconfig at ${folder}/.kube/config`);
  });

  it('it cannot be read', async () => {
    expect(await failure(accessOf({ path: folder, context: undefined, env: {} }))).toBe(
      `kubeconfig ${folder} cannot be read (EISDIR)`,
    );
  });

  it('it is no YAML; the line, which may hold a secret, is not quoted', async () => {
    const path = write('bad', 'users: [{token: s3cret', 'x: }');
    expect(await failure(access({ KUBECONFIG: path }))).toBe(`kubeconfig ${path} is not valid YAML`);
  });

  it('it is a bomb', async () => {
    const lines = Array.from({ length: 12 }, (_, n) => `l${n + 1}: &l${n + 1} [${Array(10).fill(`*l${n}`).join(',')}]`);
    const path = write('bomb', 'l0: &l0 lol', ...lines);
    expect(await failure(access({ KUBECONFIG: path }))).toBe(`kubeconfig ${path} is not valid YAML`);
  });

  it('it is a list, a number, nothing', async () => {
    for (const content of ['[1, 2]', '7', '']) {
      const path = write('odd', content);
      expect(await failure(access({ KUBECONFIG: path }))).toBe('the kubeconfig has no current context');
    }
  });

  it('it does not have the context', async () => {
    const env = { KUBECONFIG: simple('production') };
    expect(await failure(access(env, 'producton'))).toBe(
      'the kubeconfig has no context "producton"; did you mean "production"?',
    );
    expect(await failure(access(env, 'xx'))).toBe('the kubeconfig has no context "xx"; it has: production');
  });

  it('its context names what it does not have', async () => {
    const path = write('dangling', 'current-context: c', 'contexts: [{name: c, context: {cluster: gone, user: u}}]');
    expect(await failure(access({ KUBECONFIG: path }))).toBe(
      'context "c" names cluster "gone", which has no usable server address',
    );
  });
});

describe('a cluster whose kubeconfig will not do', () => {
  it('is unreachable with those words, throws them from reads, and comes up once the file is mended', async () => {
    const kubeconfig = join(folder, 'later');
    const cluster = openCluster({ name: 'eu', kubeconfig });
    const store = cluster.watch('pods');
    await store.settled();
    expect(store.state).toMatchObject({ phase: 'unreachable', message: `kubeconfig ${kubeconfig} is not there` });
    await expect(cluster.get('/version')).rejects.toMatchObject({ name: 'ReadFailure', reason: 'unreachable' });
    simple('127.0.0.1', 'later');
    await expect(cluster.get('/version')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await cluster.close();
  });
});
