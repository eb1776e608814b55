import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SeedObject } from '#sandbox/kubernetes/types.ts';
import { each, type Json } from '../../contract/client.ts';
import { type TestCluster, testCluster } from './cluster.ts';

const namespace = 'executor';
const inside = `/api/v1/namespaces/${namespace}`;
const patience = { timeout: 10_000, interval: 50 };

let cluster: TestCluster;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'till-pods-'));
  cluster = await testCluster({
    pace: 20,
    seed: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }],
    processes: {
      ...{ namespace, image: 'shell:1', entrypoint: ['/bin/sh', '-c'], folder },
      env: { PATH: process.env['PATH'] ?? '' },
    },
  });
});
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

interface Made {
  readonly script: string;
  readonly image?: string;
  readonly spec?: object;
  readonly container?: object;
  readonly volumes?: readonly object[];
  readonly grace?: number;
}

let count = 0;
function job({ script, image = 'shell:1', spec = {}, container = {}, volumes = [], grace = 30 }: Made): string {
  count += 1;
  const name = `job-${count}`;
  cluster.kubernetes.apply({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace },
    spec: {
      backoffLimit: 0,
      ...spec,
      template: {
        spec: {
          ...{ restartPolicy: 'Never', terminationGracePeriodSeconds: grace, volumes },
          containers: [{ name: 'worker', image, args: [script], ...container }],
        },
      },
    },
  } as SeedObject);
  return name;
}

const conditions = (name: string) =>
  each((cluster.kubernetes.get({ kind: 'Job', namespace, name })?.status as Json | undefined)?.['conditions']).map(
    ({ type }) => String(type),
  );
const podsOf = (name: string) =>
  cluster.kubernetes
    .list('Pod', namespace)
    .filter(({ metadata }) => metadata.labels?.['job-name'] === name)
    .map((pod) => pod as unknown as Json);
const logOf = async (name: string) => {
  const pod = podsOf(name).at(-1) ?? expect.fail('no pod');
  const { bytes } = await cluster.admin.ask(`${inside}/pods/${String(pod['metadata']?.['name'])}/log`);
  return bytes.toString();
};
const says = (name: string, words: string) =>
  vi.waitFor(async () => expect(await logOf(name)).toContain(words), patience);
const until = (name: string, condition: string) =>
  vi.waitFor(() => expect(conditions(name)).toContain(condition), patience);
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a pod of the executor’s image', () => {
  it('runs as a process: its words are its log, and its end is the Job’s', async () => {
    const name = job({ script: 'echo from here; echo and there >&2' });
    await until(name, 'Complete');
    expect((await logOf(name)).split('\n').filter(Boolean).toSorted()).toEqual(['and there', 'from here']);
    expect(podsOf(name)[0]?.['status']).toMatchObject({
      phase: 'Succeeded',
      containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
    });
  });

  it('fails with its exit code, and the Job with it', async () => {
    const name = job({ script: 'exit 3' });
    await until(name, 'Failed');
    expect(podsOf(name)[0]?.['status']).toMatchObject({
      phase: 'Failed',
      containerStatuses: [{ state: { terminated: { exitCode: 3, reason: 'Error' } } }],
    });
  });

  it('has its own environment and none of ours, values from Secrets and ConfigMaps among it', async () => {
    const metadata = { name: 'given', namespace };
    const data = { word: Buffer.from('open sesame').toString('base64') };
    cluster.kubernetes.apply({ apiVersion: 'v1', kind: 'Secret', metadata, data });
    cluster.kubernetes.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { COLOUR: 'green' } });
    const name = job({
      script: 'env',
      container: {
        env: [
          { name: 'WORD', valueFrom: { secretKeyRef: { name: 'given', key: 'word' } } },
          { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
        ],
        envFrom: [{ configMapRef: { name: 'given' } }],
      },
    });
    await until(name, 'Complete');
    const lines = (await logOf(name)).split('\n');
    expect(lines).toEqual(expect.arrayContaining(['WORD=open sesame', 'POD=executor', 'COLOUR=green']));
    const names = lines.map((line) => line.split('=')[0]).filter((one) => one !== '' && one !== undefined);
    expect(names).not.toContain('VITEST');
    expect(names).not.toContain('HOME');
  });

  it('finds its volumes at the paths that it is told, a claim with what others left there', async () => {
    const metadata = { name: 'files', namespace };
    cluster.kubernetes.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'a.txt': 'first' } });
    const volumes = [
      { name: 'files', configMap: { name: 'files' } },
      { name: 'claim', persistentVolumeClaim: { claimName: 'shop' } },
    ];
    const container = {
      args: ['cat "$FILES/a.txt"; echo kept > "$CLAIM/b.txt"'],
      env: [
        { name: 'FILES', value: '/etc/files' },
        { name: 'CLAIM', value: '/claim' },
      ],
      volumeMounts: [
        { name: 'files', mountPath: '/etc/files' },
        { name: 'claim', mountPath: '/claim' },
      ],
    };
    const name = job({ script: '', volumes, container });
    await until(name, 'Complete');
    expect(await logOf(name)).toBe('first\n');
    expect(readFileSync(join(folder, 'claims', namespace, 'shop', 'b.txt'), 'utf8')).toBe('kept\n');
  });

  it('waits for what it mounts, and says what that is', async () => {
    const volumes = [{ name: 'secrets', secret: { secretName: 'later' } }];
    const container = { volumeMounts: [{ name: 'secrets', mountPath: '/s' }] };
    const name = job({ script: 'echo begun', volumes, container });
    const words = 'MountVolume.SetUp failed for volume "secrets" : secret "later" not found';
    await vi.waitFor(() => {
      const events = cluster.kubernetes.list('Event', namespace).map((event) => event['message']);
      expect(events).toContain(words);
    }, patience);
    cluster.kubernetes.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'later', namespace }, data: {} });
    await until(name, 'Complete');
  });

  it('is told to end when it is deleted, and goes when it has ended', async () => {
    const script = 'trap "echo told > $ROOM/told; exit 7" TERM; echo up; while :; do sleep 0.05; done';
    const volumes = [{ name: 'room', persistentVolumeClaim: { claimName: 'room' } }];
    const container = {
      env: [{ name: 'ROOM', value: '/room' }],
      volumeMounts: [{ name: 'room', mountPath: '/room' }],
    };
    const name = job({ script, volumes, container });
    await says(name, 'up');
    const [pod] = podsOf(name);
    const path = `${inside}/pods/${String(pod?.['metadata']?.['name'])}`;
    await cluster.admin.ask(path, { method: 'DELETE' });
    await until(name, 'Failed');
    expect(readFileSync(join(folder, 'claims', namespace, 'room', 'told'), 'utf8')).toBe('told\n');
    await vi.waitFor(async () => expect((await cluster.admin.ask(path)).code).toBe(404), patience);
  });

  it('is killed with everything that it started when its grace is over', async () => {
    const name = job({ script: 'trap "" TERM; sh -c "trap \'\' TERM; echo $$; sleep 600" & echo up; wait', grace: 1 });
    await says(name, 'up');
    const pids = (await logOf(name))
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 1);
    expect(pids).not.toEqual([]);
    await cluster.admin.ask(`/apis/batch/v1/namespaces/${namespace}/jobs/${name}`, {
      ...{ method: 'DELETE', body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' } },
    });
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), patience);
    await vi.waitFor(() => expect(podsOf(name)).toEqual([]), patience);
  });

  it('is nobody else’s: another image there is not to be had, and elsewhere nothing runs', async () => {
    const name = job({ script: 'echo never', image: 'other:1' });
    await vi.waitFor(() => {
      expect(podsOf(name)[0]?.['status']?.['containerStatuses']).toMatchObject([
        { state: { waiting: { reason: expect.stringMatching(/ErrImagePull|ImagePullBackOff/) } } },
      ]);
    }, patience);
    expect(conditions(name)).toEqual([]);
  });
});
