import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ActContext } from '#actions/context.ts';
import { type JobRequest, jobFor } from '#actions/executor/start-job.ts';
import { executorManifests } from '#estate/enforcement/executor.ts';
import { usualEnforcement } from '#estate/enforcement/manifest.ts';
import { accessRoles } from '#estate/enforcement/roles.ts';
import { examineExecutor } from '#health/examine/executor.ts';
import { openCluster } from '#systems/kubernetes/open.ts';
import { systemClock } from '#text/clock.ts';
import { aTenant } from '../actions/acting.ts';
import { anEstate } from '../health/makers.ts';
import type { ApiServer } from './api-server.ts';
import { applied, kubeconfigOf } from './enforced.ts';
import { hasRealControlPlane, startRealControlPlane } from './real-control-plane.ts';
import { startSandboxServer } from './sandbox-server.ts';

const servers = [
  { name: "the sandbox's API", start: startSandboxServer, isThere: true },
  { name: 'a real kube-apiserver', start: startRealControlPlane, isThere: hasRealControlPlane },
];
const executor = {
  ...{ cluster: 'eu', namespace: 'till-executor', serviceAccount: 'till-executor', image: 'till:1', scratch: '20Gi' },
};
const manifests = executorManifests({ ...executor, starters: null, serve: 'till-drills' });
const jobs = `/apis/batch/v1/namespaces/${executor.namespace}/jobs`;
const operation = '01K0JR9M0000000000000000AA';
const request: JobRequest = {
  ...{ operation, action: 'backup', tenants: ['maple-toys'], timeoutMs: 3_600_000, executor },
};

/** What the API server is asked for, of a tenant whose filestore lies on a claim that the executor can mount. */
function job() {
  const volume = { cluster: 'eu', namespace: executor.namespace, claim: 'odoo-data', path: 'filestore/maple_toys' };
  const tenants = [aTenant('maple-toys', { filestore: { volume } })];
  const estate = anEstate({ backups: { executor } as never });
  return jobFor(request, { estate, tenants } as unknown as ActContext);
}
type Job = ReturnType<typeof job>;
interface Shape {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly [Readonly<Record<string, unknown>>];
        readonly volumes: readonly object[];
      };
    };
  };
}

/** The same Job with something else in its pod, or in its container. */
function changed(pod: object, container: object = {}): Job {
  const { spec } = job() as unknown as Shape;
  const before = spec.template.spec;
  const containers = [{ ...before.containers[0], ...container }];
  const template = { ...spec.template, spec: { ...before, containers, ...pod } };
  return { ...job(), spec: { ...spec, template } };
}

for (const { name, start } of servers.filter(({ isThere }) => isThere)) {
  describe(`what \`till manifests executor\` prints, on ${name}`, () => {
    let server: ApiServer;
    let agent: Awaited<ReturnType<typeof kubeconfigOf>>;
    beforeAll(async () => {
      server = await start();
      for (const namespace of ['till-drills', usualEnforcement.namespace]) {
        const metadata = { name: namespace };
        await server.admin.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
      }
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: usualEnforcement.agent } };
      await server.admin.post(`/api/v1/namespaces/${usualEnforcement.namespace}/serviceaccounts`, account);
      for (const words of [[], []]) {
        expect(await applied(server, [...accessRoles(usualEnforcement), ...manifests], ...words)).not.toMatch(
          /Warning|error/i,
        );
      }
      agent = await kubeconfigOf(server, usualEnforcement.namespace, usualEnforcement.agent);
      const metadata = { name: 'probe' };
      await vi.waitFor(
        async () => {
          const { code } = await server.admin.post(`${jobs}?dryRun=All`, { ...job(), metadata });
          expect(code).toBe(403);
        },
        { timeout: 15_000, interval: 100 },
      );
    }, 60_000);
    afterAll(async () => {
      await agent?.remove();
      await server?.stop();
    });

    const asked = async (wanted: object) => {
      const answer = await agent.client.post(`${jobs}?dryRun=All`, wanted);
      return { code: answer.code, said: String(answer.body['message']), warning: answer.headers['warning'] ?? null };
    };

    it('lets whoever begins long work create a worker’s Job, without a warning of the pod security standard', async () => {
      expect(await asked(job())).toMatchObject({ code: 201, warning: null });
      // Its pods are what the namespace's standard judges.
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'worker' } };
      const { template } = (job() as unknown as Shape).spec;
      const pods = `/api/v1/namespaces/${executor.namespace}/pods?dryRun=All`;
      expect((await server.admin.post(pods, { ...pod, spec: template.spec })).code).toBe(201);
    });

    it('refuses a Job of any other form, whoever asks', async () => {
      const { volumes } = (job() as unknown as Shape).spec.template.spec;
      const [container] = (job() as unknown as Shape).spec.template.spec.containers;
      const args = container['args'] as readonly string[];
      const others: readonly (readonly [RegExp, Job])[] = [
        [/has the name of its operation/, { ...job(), metadata: { ...job().metadata, name: 'miner' } }],
        [/runs till:1 in one container/, changed({}, { image: 'miner:1' })],
        [/runs till:1 in one container/, changed({ initContainers: [{ name: 'first', image: 'till:1' }] })],
        [/runs till:1 in one container/, changed({ serviceAccountName: 'default' })],
        [/is a worker of its own operation/, changed({}, { command: ['/bin/sh', '-c', 'cat /etc/till/secrets/*'] })],
        [/is a worker of its own operation/, changed({}, { args: ['ledger', 'setup'] })],
        [
          /is a worker of its own operation/,
          changed({}, { args: [...args.slice(0, 2), '--estate=/scratch/e', ...args.slice(3)] }),
        ],
        [
          /is a worker of its own operation/,
          changed({}, { args: args.map((word) => word.replace(operation, `${operation.slice(0, -1)}B`)) }),
        ],
        [/is a worker of its own operation/, changed({}, { lifecycle: { postStart: { exec: { command: ['id'] } } } })],
        [/given no variable/, changed({}, { env: [{ name: 'NODE_OPTIONS', value: '--require=/scratch/x' }] })],
        [/given no variable/, changed({}, { env: [{ name: 'HOME', value: '/filestore' }] })],
        [/given no variable/, changed({}, { envFrom: [{ secretRef: { name: 'other' } }] })],
        [/mounts its estate/, changed({ volumes: [...volumes, { name: 'more', secret: { secretName: 'other' } }] })],
        [
          /mounts its estate/,
          changed({}, { volumeMounts: [{ name: 'filestore', mountPath: '/etc/till/estate', readOnly: true }] }),
        ],
        [
          /mounts its estate/,
          changed({
            volumes: [
              { name: 'estate', persistentVolumeClaim: { claimName: 'mine', readOnly: true } },
              ...volumes.slice(1),
            ],
          }),
        ],
        [/finds other hosts/, changed({ hostAliases: [{ ip: '192.0.2.1', hostnames: ['pg-1'] }] })],
        [
          /mounts its estate/,
          changed({}, { volumeMounts: [{ name: 'filestore', mountPath: '/opt/till', readOnly: true }] }),
        ],
      ];
      for (const [why, wanted] of others) {
        const { code, said } = await asked(wanted);
        expect({ code, said }, String(why)).toEqual({ code: 403, said: expect.stringMatching(why) });
        expect((await server.admin.post(`${jobs}?dryRun=All`, wanted)).code).toBe(403);
      }
    });

    it('leaves Jobs of other namespaces alone', async () => {
      const metadata = { name: 'anything' };
      const elsewhere = '/apis/batch/v1/namespaces/till-drills/jobs?dryRun=All';
      expect((await server.admin.post(elsewhere, { ...job(), metadata })).code).toBe(201);
    });

    it('gives no more than that: no pods, no Secrets, no shell', async () => {
      const inside = `/api/v1/namespaces/${executor.namespace}`;
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [] } };
      expect((await agent.client.post(`${inside}/pods`, pod)).code).toBe(403);
      expect((await agent.client.ask(`${inside}/secrets`)).code).toBe(403);
      expect((await agent.client.ask(`${jobs}/x`, { method: 'PATCH', body: {} })).code).toBe(403);
    });

    it('is what doctor looks for', async () => {
      const reader = openCluster({
        ...{ name: 'eu', context: undefined, kubeconfig: agent.path, namespaces: undefined },
        ...{ knownNamespaces: () => [], clock: systemClock, random: Math.random },
      });
      try {
        const ledger = { postgres: { host: 'db' } } as never;
        const estate = { backups: { executor } as never, ledger };
        const missing = await examineExecutor('eu', reader, estate);
        expect(missing).toMatchObject([
          { result: 'missing', message: expect.stringContaining('till-executor-estate') },
        ]);
        await server.admin.post(`/api/v1/namespaces/${executor.namespace}/configmaps`, {
          ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'till-executor-estate' } },
        });
        expect(await examineExecutor('eu', reader, estate)).toMatchObject([{ result: 'ok', check: 'executor' }]);
        expect(await examineExecutor('eu', reader, { backups: estate.backups })).toMatchObject([
          { result: 'weak', message: expect.stringContaining('needs the ledger in PostgreSQL') },
        ]);
        expect(await examineExecutor('us', reader, estate)).toEqual([]);
      } finally {
        await reader.close();
      }
    });
  });
}
