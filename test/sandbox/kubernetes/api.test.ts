import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '#text/clock.ts';
import { ApiClient, each, tableAccept } from '../../contract/client.ts';
import { configMap, deployment, type TestCluster, testCluster } from './cluster.ts';
import { ManualTime } from './manual-time.ts';

let cluster: TestCluster;
const time = new ManualTime();

beforeAll(async () => {
  cluster = await testCluster({ clock: time, timers: time, seed: [configMap('settings'), deployment('web')] });
});
afterAll(() => cluster[Symbol.asyncDispose]());

describe('the kubeconfig', () => {
  it('is private, and trusts the sandbox’s own authority alone', () => {
    const path = cluster.kubernetes.kubeconfigPath;
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      'current-context': 'till-sandbox',
      contexts: [{ name: 'till-sandbox' }, { name: 'till-sandbox-admin' }],
    });
    expect(readFileSync(cluster.kubernetes.caPath, 'utf8')).toContain('BEGIN CERTIFICATE');
  });

  it('of one sandbox opens no other', async () => {
    await using other = await testCluster({ clock: systemClock });
    const config = JSON.parse(readFileSync(cluster.kubernetes.kubeconfigPath, 'utf8'));
    const user = config.users[1].user;
    const stranger = new ApiClient(other.kubernetes.url, {
      ca: readFileSync(other.kubernetes.caPath),
      cert: Buffer.from(user['client-certificate-data'], 'base64'),
      key: Buffer.from(user['client-key-data'], 'base64'),
    });
    expect((await stranger.ask('/api/v1/pods')).code).toBe(401);
    await stranger.close();
  });
});

describe('the reader', () => {
  it('sees everything but Secrets, and changes nothing', async () => {
    expect((await cluster.reader.ask('/api/v1/pods')).code).toBe(200);
    expect((await cluster.reader.ask('/api/v1/nodes')).code).toBe(200);
    expect((await cluster.reader.ask('/apis/traefik.io/v1alpha1/ingressroutes')).code).toBe(200);
    expect((await cluster.reader.ask('/api/v1/secrets')).code).toBe(403);
    const path = '/api/v1/namespaces/maple-toys/configmaps/settings';
    expect((await cluster.reader.ask(path, { method: 'DELETE' })).code).toBe(403);
  });
});

describe('a token', () => {
  it('works until it is revoked; a watch that is open then goes on', async () => {
    const token = cluster.kubernetes.issueToken('somebody', ['till:readers']);
    const client = ApiClient.withToken(cluster.kubernetes.kubeconfigPath, token);
    const watch = await client.watch(
      '/api/v1/namespaces/maple-toys/configmaps?watch=1&fieldSelector=metadata.name%3Dlate',
    );
    expect((await client.ask('/api/v1/pods')).code).toBe(200);
    cluster.kubernetes.revokeToken(token);
    expect((await client.ask('/api/v1/pods')).code).toBe(401);
    cluster.kubernetes.apply(configMap('late'));
    expect((await watch.next())?.['type']).toBe('ADDED');
    watch.stop();
    await client.close();
  });
});

describe('a watch', () => {
  it('gets a bookmark a minute, when something happened that it does not see', async () => {
    const watch = await cluster.admin.watch('/api/v1/namespaces/quiet/pods?watch=1&allowWatchBookmarks=true');
    cluster.kubernetes.apply(configMap('elsewhere', 'other'));
    await time.advance(61_000);
    const bookmark = await watch.next();
    watch.stop();
    expect(bookmark).toMatchObject({ type: 'BOOKMARK', object: { kind: 'Pod', apiVersion: 'v1' } });
    expect(bookmark?.['object']?.['metadata']?.['annotations']).toBeUndefined();
  });

  it('is told 410 inside the stream when what it needs was compacted', async () => {
    const list = await cluster.admin.get('/api/v1/namespaces/maple-toys/configmaps');
    cluster.kubernetes.apply(configMap('another'));
    cluster.kubernetes.compact();
    const version = list['metadata']?.['resourceVersion'];
    const [event] = await cluster.admin.watched(`/api/v1/configmaps?watch=1&resourceVersion=${version}`);
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  it('shows changes to many watchers at once, and survives those that leave', async () => {
    const watches = await Promise.all(
      Array.from({ length: 120 }, () =>
        cluster.admin.watch('/api/v1/configmaps?watch=1&fieldSelector=metadata.name%3Dshared'),
      ),
    );
    watches.slice(0, 60).forEach((watch) => {
      watch.stop();
    });
    cluster.kubernetes.apply(configMap('shared'));
    const events = await Promise.all(watches.slice(60).map((watch) => watch.next()));
    watches.forEach((watch) => {
      watch.stop();
    });
    expect(new Set(events.map((event) => event?.['type']))).toEqual(new Set(['ADDED']));
  });
});

describe('connections', () => {
  it('can be cut, and new ones are taken at once', async () => {
    const watch = await cluster.admin.watch('/api/v1/configmaps?watch=1&labelSelector=no%3Dsuch');
    cluster.kubernetes.cut();
    await expect(watch.next()).rejects.toThrow();
    // A request that was given to a connection just as it was cut fails with it; the next one is taken.
    await vi.waitFor(async () => expect((await cluster.reader.ask('/readyz')).code).toBe(200));
  });
});

describe('a large cluster', () => {
  it('of a thousand tenants has its ten thousand pods from the start, and lists them whole', async () => {
    const seed = Array.from({ length: 1000 }, (_, index) =>
      deployment('web', { namespace: `shop-${String(index).padStart(4, '0')}`, replicas: 10 }),
    );
    await using large = await testCluster({ seed });
    const table = await large.reader.get('/api/v1/pods?includeObject=None', tableAccept);
    const rows = each(table['rows']).map(({ cells }) => each(cells).slice(1, 3).join(' '));
    expect(rows).toHaveLength(10_000);
    expect(new Set(rows)).toEqual(new Set(['1/1 Running']));
    const list = await large.reader.get('/api/v1/pods?resourceVersion=0');
    expect(each(list['items'])).toHaveLength(10_000);
  });
});
