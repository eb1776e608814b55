import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { autoscaler, configMap, deployment, type TestCluster, testCluster } from './cluster.ts';

const run = promisify(execFile);

/** kubectl, given the sandbox's kubeconfig, as somebody would type it. Where there is no kubectl these are not run. */
describe('kubectl', () => {
  let cluster: TestCluster;
  const web = { namespace: 'maple-toys', labels: { 'app.kubernetes.io/component': 'web' } };

  beforeAll(async () => {
    cluster = await testCluster({
      pace: 4,
      seed: [
        deployment('web', { createdAt: '2026-01-01T00:00:00Z', probe: true }),
        autoscaler('web', 2, 4),
        configMap('settings'),
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'web', namespace: 'maple-toys' },
          spec: { selector: web.labels, ports: [{ port: 80, targetPort: 'http' }] },
        },
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          metadata: { name: 'redis', namespace: 'maple-toys' },
          spec: {
            serviceName: 'redis',
            selector: { matchLabels: { app: 'redis' } },
            template: {
              metadata: { labels: { app: 'redis' } },
              spec: { containers: [{ name: 'redis', image: 'redis:8' }] },
            },
          },
        },
        {
          apiVersion: 'traefik.io/v1alpha1',
          kind: 'IngressRoute',
          metadata: { name: 'odoo', namespace: 'maple-toys' },
          spec: { entryPoints: ['web'] },
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

  async function kubectl(...words: readonly string[]): Promise<string> {
    const { stdout } = await run('kubectl', ['-n', 'maple-toys', ...words], { env: environment(), timeout: 20_000 });
    return stdout;
  }

  async function refused(...words: readonly string[]): Promise<string> {
    const failure = await kubectl(...words).then(
      () => ({ stderr: 'it was not refused' }),
      (error: { stderr: string }) => error,
    );
    return failure.stderr.trim();
  }

  const admin = (...words: readonly string[]): Promise<string> => kubectl('--context', 'till-sandbox-admin', ...words);
  const rows = (text: string): readonly (readonly string[])[] =>
    text
      .trim()
      .split('\n')
      .map((line) => line.split(/\s{2,}/));

  describe('get', () => {
    it('prints the tables that the server makes, wide when asked', async () => {
      const [header, first] = rows(await kubectl('get', 'pods', '-o', 'wide', '--sort-by=.metadata.name'));
      expect(header).toEqual([
        ...['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'],
      ]);
      expect(first?.slice(0, 4)).toEqual(['redis-0', '1/1', 'Running', '0']);
      expect(rows(await kubectl('get', 'deploy'))).toEqual([
        ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE'],
        ['web', '2/2', '2', '2', expect.stringMatching(/^\d+d$/)],
      ]);
    });

    it('finds every kind by its short name', async () => {
      const names = async (kinds: string): Promise<string> => kubectl('get', kinds, '-o', 'name');
      expect(await names('deploy,sts,svc,hpa,cm')).toBe(
        [
          'deployment.apps/web',
          'statefulset.apps/redis',
          'service/web',
          'horizontalpodautoscaler.autoscaling/web',
          'configmap/kube-root-ca.crt',
          'configmap/settings',
          '',
        ].join('\n'),
      );
      expect(await names('ns,no')).toContain('node/node-3');
      expect(await names('ingressroutes')).toBe('ingressroute.traefik.io/odoo\n');
      expect(await names('ep')).toBe('endpoints/web\n');
    });

    it('gets all of a namespace', async () => {
      const text = await kubectl('get', 'all');
      for (const word of [
        'pod/redis-0',
        'service/web',
        'deployment.apps/web',
        'replicaset.apps/web-',
        'statefulset.apps/redis',
      ]) {
        expect(text).toContain(word);
      }
    });

    it('prints JSON, YAML and fields', async () => {
      expect(JSON.parse(await kubectl('get', 'deploy', 'web', '-o', 'json'))).toMatchObject({
        kind: 'Deployment',
        spec: { replicas: 2 },
      });
      expect(parse(await kubectl('get', 'hpa', '-o', 'yaml'))).toMatchObject({ items: [{ spec: { maxReplicas: 4 } }] });
      expect(await kubectl('get', 'pods', '-l', 'app=redis', '-o', 'jsonpath={.items[*].status.phase}')).toBe(
        'Running',
      );
      expect(await kubectl('get', 'cm', 'settings', '-o', 'custom-columns=KEY:.data.key', '--no-headers')).toBe(
        'settings\n',
      );
    });

    it('pages through long lists and over all namespaces', async () => {
      const text = await kubectl('get', 'cm', '-A', '--chunk-size=2', '-o', 'name');
      expect(text.trim().split('\n')).toHaveLength(cluster.kubernetes.list('ConfigMap').length);
      expect(rows(await kubectl('get', 'sa', '-A'))[0]).toEqual(['NAMESPACE', 'NAME', 'AGE']);
    });

    it('says what is not there and what one may not see, as ever', async () => {
      expect(await refused('get', 'pod', 'nope')).toBe('Error from server (NotFound): pods "nope" not found');
      expect(await refused('get', 'secrets')).toBe(
        'Error from server (Forbidden): secrets is forbidden: User "till-reader" cannot list resource "secrets" in API group "" in the namespace "maple-toys"',
      );
      expect(await refused('get', 'nonsense')).toBe(`error: the server doesn't have a resource type "nonsense"`);
    });
  });

  describe('watching', () => {
    it('shows a pod crash, and come back', async () => {
      const watching = spawn(
        'kubectl',
        ['-n', 'maple-toys', 'get', 'pods', '-w', '-l', 'app.kubernetes.io/component=web'],
        {
          env: environment(),
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      );
      let text = '';
      watching.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      try {
        await vi.waitUntil(() => text.includes('Running'), { timeout: 10_000 });
        cluster.kubernetes.setPodBehaviour(web, { crash: { exitCode: 1 } });
        await vi.waitUntil(() => /0\/1\s+CrashLoopBackOff\s+1/.test(text), { timeout: 10_000 });
        cluster.kubernetes.setPodBehaviour(web, null);
        await vi.waitUntil(() => /1\/1\s+Running\s+2 \(\d+s ago\)/.test(text), { timeout: 10_000 });
      } finally {
        watching.kill();
        cluster.kubernetes.setPodBehaviour(web, null);
      }
    });

    it('waits for conditions and follows rollouts', async () => {
      expect(await kubectl('wait', '--for=condition=Available', 'deploy/web', '--timeout=10s')).toContain(
        'condition met',
      );
      expect(await kubectl('rollout', 'status', 'deploy/web', '--timeout=10s')).toContain('successfully rolled out');
      expect(await kubectl('rollout', 'history', 'deploy/web')).toMatch(/REVISION +CHANGE-CAUSE\n1 /);
    });
  });

  describe('describe', () => {
    it('a pod: containers, conditions, last state and events', async () => {
      const text = await kubectl('describe', 'pods', '-l', 'app.kubernetes.io/component=web', '--show-events=true');
      expect(text).toMatch(/Controlled By: +ReplicaSet\/web-/);
      expect(text).toMatch(/Last State: +Terminated\n +Reason: +Error\n +Exit Code: +1/);
      expect(text).toMatch(/Warning +BackOff +.*kubelet .*Back-off restarting failed container odoo/);
    });

    it('a deployment, an autoscaler, a service, a node', async () => {
      expect(await kubectl('describe', 'deploy', 'web')).toMatch(/NewReplicaSet: +web-\w+ \(2\/2 replicas created\)/);
      expect(await kubectl('describe', 'hpa', 'web')).toMatch(/AbleToScale +True +ReadyForNewScale/);
      expect(await kubectl('describe', 'svc', 'web')).toMatch(/Endpoints: +10\.244\.\d+\.\d+:8069,/);
      const node = await kubectl('describe', 'node', 'node-1');
      expect(node).toMatch(/MemoryPressure +False/);
      expect(node).toMatch(/Non-terminated Pods: +\(\d+ in total\)/);
      expect(node).toMatch(/HolderIdentity: +node-1/);
    });
  });

  describe('asking about itself', () => {
    it('lists what is served', async () => {
      expect(await kubectl('api-resources')).toMatch(/ingressroutes +traefik\.io\/v1alpha1 +true +IngressRoute/);
      expect(await kubectl('api-versions')).toContain('autoscaling/v2\n');
      expect(await kubectl('version')).toContain('Server Version: v1.');
      expect(await kubectl('get', '--raw', '/readyz')).toBe('ok');
    });

    it('tells who one is and what one may', async () => {
      expect(await kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe('till-reader');
      expect(await kubectl('auth', 'can-i', 'list', 'pods')).toBe('yes\n');
      expect((await refused('auth', 'can-i', 'delete', 'pods')) || 'no').toBe('no');
      expect(await kubectl('auth', 'can-i', '--list')).toMatch(/deployments\.apps +\[\] +\[\] +\[get list watch\]/);
    });
  });

  it('logs what containers say', async () => {
    const text = await kubectl('logs', 'redis-0', '--tail=1');
    expect(text).toMatch(/^redis: /);
    expect(text.trim().split('\n')).toHaveLength(1);
    expect(await refused('logs', 'redis-0', '-c', 'nope')).toContain('container nope is not valid for pod redis-0');
  });

  describe('changing things, as administrator', () => {
    it('scales, restarts, rolls out and rolls back', async () => {
      const status = (): Promise<string> => admin('rollout', 'status', 'deploy/web', '--timeout=15s');
      expect(await admin('scale', 'deploy/web', '--current-replicas=2', '--replicas=3')).toBe(
        'deployment.apps/web scaled\n',
      );
      expect(await status()).toContain('successfully rolled out');
      expect(await admin('rollout', 'restart', 'deploy/web')).toBe('deployment.apps/web restarted\n');
      expect(await status()).toContain('successfully rolled out');
      await admin('set', 'image', 'deploy/web', 'odoo=odoo:17.1');
      await admin('annotate', 'deploy/web', 'kubernetes.io/change-cause=a newer one');
      expect(await status()).toContain('successfully rolled out');
      expect(await admin('rollout', 'history', 'deploy/web')).toMatch(/\n3 +a newer one/);
      expect(await admin('rollout', 'undo', 'deploy/web', '--to-revision=1')).toBe('deployment.apps/web rolled back\n');
      expect(await status()).toContain('successfully rolled out');
      expect(await kubectl('get', 'deploy', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')).toBe(
        'odoo:17.0',
      );
      expect(await kubectl('get', 'deploy', 'web', '--show-managed-fields', '-o', 'yaml')).toContain(
        'subresource: scale',
      );
    });

    it('labels, annotates, patches and deletes', async () => {
      expect(await admin('label', 'cm', 'settings', 'a=b')).toBe('configmap/settings labeled\n');
      expect(await admin('annotate', 'deploy', 'web', 'note=c')).toBe('deployment.apps/web annotated\n');
      expect(await admin('patch', 'cm', 'settings', '--type=merge', '-p', '{"data":{"key":"new"}}')).toBe(
        'configmap/settings patched\n',
      );
      expect(await kubectl('get', 'cm', '-l', 'a=b', '-o', 'jsonpath={.items[0].data.key}')).toBe('new');
      expect(await admin('delete', 'cm', 'settings')).toMatch(/^configmap "settings" deleted/);
    });

    it('deletes a pod, and another takes its place', async () => {
      expect(await admin('delete', 'pod', 'redis-0')).toMatch(/^pod "redis-0" deleted/);
      await admin('wait', '--for=condition=Ready', 'pod/redis-0', '--timeout=10s');
    });

    it('is refused what only reading is granted for', async () => {
      expect(await refused('label', 'deploy', 'web', 'a=b')).toMatch(/cannot patch resource "deployments"/);
    });
  });
});
