import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { deployment, type TestCluster, testCluster } from './cluster.ts';

const run = promisify(execFile);

/** kubectl that writes, as an administrator types it: what it sends, and what it waits for. */
describe('kubectl, as administrator,', () => {
  let cluster: TestCluster;
  const labels = { app: 'redis' };

  beforeAll(async () => {
    cluster = await testCluster({
      pace: 10,
      seed: [
        deployment('web', { createdAt: '2026-01-01T00:00:00Z', replicas: 3 }),
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          metadata: { name: 'redis', namespace: 'maple-toys' },
          spec: {
            replicas: 2,
            serviceName: 'redis',
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: 'redis', image: 'redis:7' }] } },
          },
        },
      ],
    });
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  const environment = (): NodeJS.ProcessEnv => ({
    ...process.env,
    HOME: join(cluster.folder, 'home'),
    KUBECONFIG: cluster.kubernetes.kubeconfigPath,
  });
  const words = (given: readonly string[]): string[] => [
    ...['--context', 'till-sandbox-admin', '-n', 'maple-toys'],
    ...given,
  ];
  const kubectl = async (...given: readonly string[]): Promise<string> =>
    (await run('kubectl', words(given), { env: environment(), timeout: 30_000 })).stdout;
  const refused = (...given: readonly string[]): Promise<string> =>
    kubectl(...given).then(
      () => 'it was not refused',
      (error: { stderr: string }) => error.stderr.trim(),
    );
  /** What goes in by standard input; standard output and error together. */
  async function fed(object: object, ...given: readonly string[]): Promise<string> {
    const child = spawn('kubectl', words([...given, '-f', '-']), { env: environment() });
    const ended = once(child, 'close');
    child.stdin.end(JSON.stringify(object));
    const told = await Promise.all([text(child.stdout), text(child.stderr)]);
    await ended;
    return told.join('').trim();
  }
  const aMap = (data: object): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'applied' },
    data,
  });

  it('rolls a StatefulSet out, back and over, and reads its history', async () => {
    const status = (): Promise<string> => kubectl('rollout', 'status', 'sts/redis', '--timeout=20s');
    const image = (): Promise<string> =>
      kubectl('get', 'sts', 'redis', '-o', 'jsonpath={.spec.template.spec.containers[0].image}');
    await kubectl('set', 'image', 'sts/redis', 'redis=redis:8');
    expect(await status()).toContain('roll out complete: 2 new pods have been updated');
    expect(await kubectl('rollout', 'history', 'sts/redis')).toMatch(/\n1 .*\n2 /);
    expect(await kubectl('rollout', 'undo', 'sts/redis')).toBe('statefulset.apps/redis rolled back\n');
    expect(await status()).toContain('roll out complete');
    expect(await image()).toBe('redis:7');
    expect(await kubectl('rollout', 'history', 'sts/redis')).toMatch(/\n2 .*\n3 /);
    expect(await kubectl('rollout', 'restart', 'sts/redis')).toBe('statefulset.apps/redis restarted\n');
    expect(await status()).toContain('roll out complete');
    expect(await kubectl('get', 'controllerrevisions', '-o', 'name')).toContain('controllerrevision.apps/redis-');
  });

  it('applies on the client’s side three ways: made, changed, unchanged, taken away', async () => {
    expect(await fed(aMap({ a: '1', b: '1' }), 'apply')).toBe('configmap/applied created');
    expect(await fed(aMap({ a: '1', b: '1' }), 'apply')).toBe('configmap/applied unchanged');
    expect(await fed(aMap({ a: '2' }), 'apply')).toBe('configmap/applied configured');
    expect(await kubectl('get', 'cm', 'applied', '-o', 'jsonpath={.data}')).toBe('{"a":"2"}');
  });

  it('takes over from the client’s side on the server’s, a List too, and is told of conflicts', async () => {
    const list = { apiVersion: 'v1', kind: 'List', items: [aMap({ a: '3' })] };
    expect(await fed(list, 'apply', '--server-side')).toBe('configmap/applied serverside-applied');
    const other = await fed(aMap({ a: '4' }), 'apply', '--server-side', '--field-manager=other');
    expect(other).toContain('Apply failed with 1 conflict: conflict with "kubectl": .data.a');
    const forced = ['apply', '--server-side', '--field-manager=other', '--force-conflicts'];
    expect(await fed(aMap({ a: '4' }), ...forced)).toBe('configmap/applied serverside-applied');
  });

  it('drains a node as far as a budget lets it', async () => {
    const selector = '--selector=app.kubernetes.io/component=web';
    expect(await kubectl('create', 'pdb', 'web', selector, '--min-available=3')).toContain('created');
    const [node] = (await kubectl('get', 'pods', '-o', 'jsonpath={.items[*].spec.nodeName}')).split(' ');
    const drain = ['drain', node ?? '', '--delete-emptydir-data', '--force'];
    expect(await refused(...drain, '--timeout=2s')).toContain(
      "Cannot evict pod as it would violate the pod's disruption budget.",
    );
    await kubectl('patch', 'pdb', 'web', '--type=merge', '-p', '{"spec":{"minAvailable":1}}');
    expect(await kubectl(...drain, '--timeout=20s')).toContain(`node/${node} drained`);
    await kubectl('uncordon', node ?? '');
    await vi.waitFor(async () => expect(await kubectl('get', 'pdb', 'web')).toMatch(/web +1 +N\/A +2 /), {
      timeout: 10_000,
      interval: 300,
    });
  });

  it('makes what it sends as protobuf: a deployment, a quota, a service', async () => {
    expect(await kubectl('create', 'deployment', 'made', '--image=made:1', '--port=80')).toContain('created');
    expect(await kubectl('create', 'quota', 'few', '--hard=pods=20,count/configmaps=2')).toContain('created');
    expect(await kubectl('create', 'service', 'clusterip', 'made', '--tcp=80:8080')).toContain('created');
    expect(await kubectl('get', 'svc', 'made', '-o', 'jsonpath={.spec.ports[0].targetPort}')).toBe('8080');
    expect(await kubectl('describe', 'quota', 'few')).toMatch(/count\/configmaps +2 +2/);
    expect(await refused('create', 'configmap', 'third')).toContain('exceeded quota: few');
  });
});
