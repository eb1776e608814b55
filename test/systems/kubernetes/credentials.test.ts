import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { type ClusterOptions, openCluster } from '#systems/kubernetes/open.ts';
import type { Kind } from '#systems/kubernetes/rows.ts';
import { FaultServer } from './fault-server.ts';

let server: FaultServer;
let clusters: ClusterReader[];

beforeEach(async () => {
  server = await new FaultServer().start();
  clusters = [];
});
afterEach(async () => {
  await Promise.all(clusters.map((cluster) => cluster.close()));
  await server.close();
});

function open(user: string, options: Partial<ClusterOptions> & { cluster?: string } = {}): ClusterReader {
  const { cluster = '', ...rest } = options;
  const opened = openCluster({ name: 'test', kubeconfig: server.kubeconfig({ user, cluster }), ...rest });
  clusters.push(opened);
  return opened;
}

const last = () => server.requests.at(-1);
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Why a cluster's pods cannot be watched. */
async function state(cluster: ClusterReader) {
  const store = cluster.watch('pods');
  await store.settled();
  return store.state;
}

describe('we are known by', () => {
  it('a token', async () => {
    await open('token: good').get('/version');
    expect(last()?.authorization).toBe('Bearer good');
  });

  it('a token in a file, which is read anew when the server refuses it', async () => {
    writeFileSync(join(server.folder, 'token'), 'old\n');
    const cluster = open('tokenFile: token');
    await cluster.get('/version');
    expect(last()?.authorization).toBe('Bearer old');
    writeFileSync(join(server.folder, 'token'), 'new\n');
    server.next('/version', ({ refuse }) => refuse(401));
    await cluster.get('/version');
    expect(last()?.authorization).toBe('Bearer new');
  });

  it('a name and a password', async () => {
    await open('username: ada, password: pw').get('/version');
    expect(last()?.authorization).toBe(`Basic ${base64('ada:pw')}`);
  });

  it('a client certificate', async () => {
    const { pem, keyPem } = server.authority.issue({ commonName: 'ada', use: 'client' });
    const user = `client-certificate-data: ${base64(pem)}, client-key-data: ${base64(keyPem)}`;
    await open(user).get('/version');
    expect(last()).toMatchObject({ certificate: 'ada', version: '2.0' });
  });

  it('the person that we act for, with each of the groups in a header of its own', async () => {
    const user = 'token: t, as: bob, as-uid: u1, as-groups: [one, two], as-user-extra: {Dept: [shop]}';
    await open(user).get('/version');
    const raw = last()?.rawHeaders ?? [];
    const values = (name: string) => raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === name);
    expect(values('impersonate-user')).toEqual(['bob']);
    expect(values('impersonate-uid')).toEqual(['u1']);
    expect(values('impersonate-group')).toEqual(['one', 'two']);
    expect(values('impersonate-extra-dept')).toEqual(['shop']);
  });

  it('the token of an OIDC login that still holds', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const idToken = `${part({ alg: 'none' })}.${part({ exp: Date.now() / 1000 + 600 })}.x`;
    await open(`auth-provider: {name: oidc, config: {id-token: ${idToken}}}`).get('/version');
    expect(last()?.authorization).toBe(`Bearer ${idToken}`);
  });
});

describe('we are unauthenticated, in words,', () => {
  it('with a client certificate that has expired, and the server is not bothered', async () => {
    const notAfter = Date.parse('2026-01-02T03:04:05Z');
    const { pem, keyPem } = server.authority.issue({ commonName: 'ada', use: 'client', notBefore: 0, notAfter });
    const user = `client-certificate-data: ${base64(pem)}, client-key-data: ${base64(keyPem)}`;
    expect(await state(open(user))).toMatchObject({
      phase: 'unauthenticated',
      message: 'the client certificate of user "tester" expired at 2026-01-02T03:04:05Z: get a new one',
    });
    expect(server.requests).toEqual([]);
  });

  it('with a client certificate that is none', async () => {
    const { phase, message } = await state(open(`client-certificate-data: ${base64('x')}`));
    expect([phase, message]).toEqual(['unauthenticated', 'the client certificate of user "tester" cannot be read']);
  });

  it('with a token file that is not there', async () => {
    const { phase, message } = await state(open('tokenFile: gone'));
    expect([phase, message]).toEqual([
      'unauthenticated',
      `the token in ${join(server.folder, 'gone')} cannot be read (ENOENT)`,
    ]);
  });

  it('with an OIDC login that has run out', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const idToken = `${part({ alg: 'none' })}.${part({ exp: 1000 })}.x`;
    const { phase, message } = await state(open(`auth-provider: {name: oidc, config: {id-token: ${idToken}}}`));
    expect([phase, message]).toEqual([
      'unauthenticated',
      'the login of user "tester" has expired and could not be renewed: log in again',
    ]);
  });

  it('with an auth-provider that Kubernetes removed', async () => {
    const { phase, message } = await state(open('auth-provider: {name: gcp}'));
    expect([phase, message]).toEqual([
      'unauthenticated',
      'user "tester" has auth-provider "gcp", which Kubernetes removed: use an exec plugin',
    ]);
  });
});

describe('a credential plugin', () => {
  const version = 'client.authentication.k8s.io/v1';

  /** A plugin that runs this code; `answer(status)` prints the credential. */
  function plugin(code: string, more = ''): string {
    const path = join(server.folder, 'plugin.mjs');
    const answer = `const answer = (status) => console.log(JSON.stringify({ apiVersion: '${version}', kind: 'ExecCredential', status }));`;
    writeFileSync(path, `import fs from 'node:fs';\n${answer}\n${code}`);
    return `exec: {apiVersion: ${version}, command: "${process.execPath}", args: ["${path}"]${more}}`;
  }

  it('gives a token, once for all who ask at the same time', async () => {
    const log = join(server.folder, 'runs');
    const cluster = open(plugin(`fs.appendFileSync('${log}', 'x'); answer({ token: 'from-plugin' });`));
    const kinds: readonly Kind[] = ['pods', 'deployments', 'statefulsets', 'nodes', 'namespaces'];
    await Promise.all(kinds.map((kind) => cluster.watch(kind).settled()));
    expect(last()?.authorization).toBe('Bearer from-plugin');
    expect(readFileSync(log, 'utf8')).toBe('x');
  });

  it('gives a certificate', async () => {
    const { pem, keyPem } = server.authority.issue({ commonName: 'by-plugin', use: 'client' });
    const status = JSON.stringify({ clientCertificateData: pem, clientKeyData: keyPem });
    await open(plugin(`answer(${status});`)).get('/version');
    expect(last()?.certificate).toBe('by-plugin');
  });

  it('is asked again when its token has run out, and when the server refuses it', async () => {
    const count = join(server.folder, 'count');
    const next = `const n = fs.existsSync('${count}') ? Number(fs.readFileSync('${count}')) + 1 : 1; fs.writeFileSync('${count}', String(n));`;
    const clock = { now: () => now, monotonic: () => performance.now() };
    let now = Date.parse('2026-06-01T12:00:00Z');
    const cluster = open(plugin(`${next} answer({ token: 't' + n, expirationTimestamp: '2026-06-01T12:10:00Z' });`), {
      clock,
    });
    await cluster.get('/version');
    await cluster.get('/version');
    expect(last()?.authorization).toBe('Bearer t1');
    now += 11 * 60_000;
    await cluster.get('/version');
    expect(last()?.authorization).toBe('Bearer t2');
    now -= 11 * 60_000;
    server.next('/version', ({ refuse }) => refuse(401));
    await cluster.get('/version');
    expect(last()?.authorization).toBe('Bearer t3');
  });

  it('is told what the specification says, has no input and cannot open our terminal', async () => {
    const seen = join(server.folder, 'seen');
    const code = `
      let tty; try { fs.openSync('/dev/tty', 'r+'); tty = 'open'; } catch (error) { tty = error.code; }
      const input = fs.readFileSync(0, 'utf8');
      fs.writeFileSync('${seen}', JSON.stringify({ info: JSON.parse(process.env.KUBERNETES_EXEC_INFO), own: process.env.OWN, tty, input }));
      answer({ token: 't' });`;
    const more = ', env: [{name: OWN, value: mine}], provideClusterInfo: true';
    await open(plugin(code, more), { cluster: ', tls-server-name: localhost' }).get('/version');
    const { info, own, tty, input } = JSON.parse(readFileSync(seen, 'utf8'));
    expect(info).toMatchObject({ apiVersion: version, kind: 'ExecCredential', spec: { interactive: false } });
    expect(info.spec.cluster).toMatchObject({ server: server.url, 'tls-server-name': 'localhost', config: null });
    expect(Buffer.from(info.spec.cluster['certificate-authority-data'], 'base64').toString()).toBe(
      server.authority.pem,
    );
    expect([own, input]).toEqual(['mine', '']);
    expect(tty).not.toBe('open');
  });

  it.each([
    [
      'fails',
      'console.error("first\\nExpired SSO token eyJhbGciOiJSUzI1NiIsImtpZCI6IjEyMzQ1Njc4OTAifQ.x"); process.exit(3)',
      'failed (exit 3): Expired SSO token …',
    ],
    ['answers with what is no JSON', 'console.log("Please visit https://…")', 'answered with what is not JSON'],
    ['answers with another kind', 'console.log("{}")', `answered with no ExecCredential of ${version}`],
    ['gives nothing', 'answer({})', 'gave neither a token nor a certificate with its key'],
  ])('that %s makes us unauthenticated, and is not run again at once', async (_, code, words) => {
    const log = join(server.folder, 'runs');
    const cluster = open(plugin(`fs.appendFileSync('${log}', 'x'); ${code}`));
    expect(await state(cluster)).toMatchObject({
      phase: 'unauthenticated',
      message: `the credential plugin \`${process.execPath}\` ${words}`,
    });
    await cluster.watch('nodes').settled();
    expect(readFileSync(log, 'utf8')).toBe('x');
  });

  it('that must ask a person is never run', async () => {
    const log = join(server.folder, 'runs');
    const cluster = open(plugin(`fs.appendFileSync('${log}', 'x')`, ', interactiveMode: Always'));
    expect(await state(cluster)).toMatchObject({
      phase: 'unauthenticated',
      message: `the credential plugin \`${process.execPath}\` needs a terminal: log in with it first`,
    });
    expect(existsSync(log)).toBe(false);
  });

  it('that never answers is ended, with what it started', async () => {
    const pid = join(server.folder, 'pid');
    const child = `import('node:child_process').then((it) => it.spawn('sleep', ['60'], { stdio: 'inherit' }));`;
    const cluster = open(
      plugin(`${child} fs.writeFileSync('${pid}', String(process.pid)); setInterval(() => {}, 1000);`),
      {
        pace: { plugin: 1000 },
      },
    );
    expect((await state(cluster)).message).toContain('gave no answer in time: log in with it first');
    const isThere = () => {
      try {
        return process.kill(-Number(readFileSync(pid, 'utf8') || Number.NaN), 0);
      } catch {
        return false;
      }
    };
    await vi.waitUntil(() => !isThere(), { timeout: 15_000 });
  });

  it('that never answers does not hold up the end of the reader', async () => {
    const begun = join(server.folder, 'begun');
    const cluster = open(plugin(`fs.writeFileSync('${begun}', ''); setInterval(() => {}, 1000);`));
    cluster.watch('pods');
    await vi.waitUntil(() => existsSync(begun), { timeout: 15_000 });
    await cluster.close();
    expect(cluster.watch('pods').state.phase).toBe('stopped');
  });

  it('that is not installed says how to get it', async () => {
    const hint = 'installHint: "Install it from https://example.com"';
    const user = `exec: {apiVersion: ${version}, command: no-such-plugin, ${hint}}`;
    expect((await state(open(user))).message).toBe(
      'the credential plugin `no-such-plugin` is not installed: Install it from https://example.com',
    );
  });

  it.each([
    ['with the plugin', ({ door }: { door: string }) => writeFileSync(door, '')],
    [
      'by writing another kubeconfig',
      ({ kubeconfig }: { kubeconfig: string }) =>
        writeFileSync(kubeconfig, readFileSync(server.kubeconfig({ user: 'token: new' }))),
    ],
  ])('lets a kind come up once the person has logged in %s', async (_, logIn) => {
    const door = join(server.folder, 'door');
    const code = `if (!fs.existsSync('${door}')) { console.error('locked'); process.exit(1); } answer({ token: 't' });`;
    const kubeconfig = server.kubeconfig({ user: plugin(code) });
    let skipped = 0;
    const clock = { now: () => Date.now(), monotonic: () => performance.now() + skipped };
    const wait: ClusterOptions['wait'] = (_ms, signal) =>
      new Promise((resolve) => (signal.aborted ? resolve() : setImmediate(resolve)));
    const cluster = open('', { kubeconfig, clock, wait });
    expect((await state(cluster)).phase).toBe('unauthenticated');
    logIn({ door, kubeconfig });
    skipped = 31_000;
    await vi.waitUntil(() => cluster.watch('pods').state.phase === 'live', { timeout: 15_000 });
  });
});
