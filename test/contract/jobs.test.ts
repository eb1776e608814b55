import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ApiServer } from './api-server.ts';
import { each, type Json, mergePatch } from './client.ts';
import { fresh } from './objects.ts';
import { hasRealJobController, startRealJobController } from './real-job-controller.ts';
import { startSandboxServer } from './sandbox-server.ts';

const servers = [
  { name: "the sandbox's API", start: startSandboxServer, isThere: true },
  { name: 'a real Job controller', start: startRealJobController, isThere: hasRealJobController },
];
const jobs = '/apis/batch/v1/namespaces/contract/jobs';
const pods = '/api/v1/namespaces/contract/pods';
const patience = { timeout: 30_000, interval: 100 };

/** What the executor relies on: how a Job makes pods, counts how they ended, and says so. */
for (const { name: called, start } of servers.filter(({ isThere }) => isThere)) {
  describe(`a Job, on ${called}`, () => {
    let server: ApiServer;
    beforeAll(async () => {
      server = await start();
      const metadata = { name: 'contract' };
      await server.admin.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
    }, 60_000);
    afterAll(() => server?.stop());

    async function make(spec: object = {}) {
      const name = fresh('job');
      const { code, body } = await server.admin.post(jobs, {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name },
        spec: {
          ...spec,
          template: {
            metadata: { labels: { 'till.dev/operation': 'one' } },
            spec: { restartPolicy: 'Never', containers: [{ name: 'worker', image: 'till:1' }] },
          },
        },
      });
      expect(code).toBe(201);
      return { name, path: `${jobs}/${name}`, body };
    }
    const podsOf = async (name: string) =>
      each((await server.admin.get(`${pods}?labelSelector=job-name%3D${name}`))['items']);
    const firstPod = (name: string, not: readonly string[] = []) =>
      vi.waitFor(async () => {
        const pod = (await podsOf(name)).find(({ metadata }) => !not.includes(String(metadata?.['name'])));
        return pod ?? expect.fail('no pod yet');
      }, patience);
    /** As its kubelet would say that it has ended. */
    async function end(pod: Json, phase: 'Succeeded' | 'Failed', conditions: readonly object[] = []) {
      const status = { phase, conditions };
      const path = `${pods}/${String(pod['metadata']?.['name'])}/status`;
      const { code } = await server.admin.ask(path, { method: 'PATCH', headers: mergePatch, body: { status } });
      expect(code).toBe(200);
    }
    const ended = async (path: string, type: string) =>
      vi.waitFor(async () => {
        const { status = {} } = (await server.admin.get(path)) as { readonly status?: Json };
        const condition = each(status['conditions']).find((one) => String(one['type']) === type);
        return { status, condition: condition ?? expect.fail(JSON.stringify(status)) };
      }, patience);

    const onPodConditions = [{ type: 'DisruptionTarget', status: 'True' }];
    const podFailurePolicy = { rules: [{ action: 'Ignore', onPodConditions }] };

    it('is completed by the server, and its pods are known by its uid', async () => {
      const { name, body } = await make({ podFailurePolicy });
      const uid = String(body['metadata']?.['uid']);
      const labels = {
        'batch.kubernetes.io/controller-uid': uid,
        'batch.kubernetes.io/job-name': name,
        'controller-uid': uid,
        'job-name': name,
        'till.dev/operation': 'one',
      };
      const { template, ...spec } = body['spec'] as unknown as { readonly template: Json };
      expect(spec).toEqual({
        ...{ parallelism: 1, completions: 1, backoffLimit: 6, completionMode: 'NonIndexed', manualSelector: false },
        ...{ suspend: false, podReplacementPolicy: 'Failed', podFailurePolicy },
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      });
      expect(template['metadata']?.['labels']).toEqual(labels);
      const { metadata } = await firstPod(name);
      expect(metadata?.['labels']).toEqual(labels);
      expect(metadata).toMatchObject({
        generateName: `${name}-`,
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true }],
      });
    });

    it('is complete once its pod has succeeded', async () => {
      const { name, path } = await make();
      await end(await firstPod(name), 'Succeeded');
      const { status, condition } = await ended(path, 'Complete');
      expect(condition).toMatchObject({ status: 'True', reason: 'CompletionsReached' });
      expect(each(status['conditions']).map(({ type }) => type)).toEqual(['SuccessCriteriaMet', 'Complete']);
      expect(status).toMatchObject({ succeeded: 1, startTime: expect.any(String), completionTime: expect.any(String) });
      expect(status).not.toHaveProperty('active');
    });

    it('has failed once its pods have, more often than it allows', async () => {
      const { name, path } = await make({ backoffLimit: 0 });
      await end(await firstPod(name), 'Failed');
      const { status, condition } = await ended(path, 'Failed');
      expect(condition).toMatchObject({
        ...{ status: 'True', reason: 'BackoffLimitExceeded' },
        message: 'Job has reached the specified backoff limit',
      });
      expect(each(status['conditions']).map(({ type }) => type)).toEqual(['FailureTarget', 'Failed']);
      expect(status).toMatchObject({ failed: 1 });
    });

    it('follows a pod that was disrupted with another, and counts no failure, where its policy says so', async () => {
      const { name, path } = await make({ backoffLimit: 0, podFailurePolicy });
      const first = await firstPod(name);
      await end(first, 'Failed', [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }]);
      await end(await firstPod(name, [String(first['metadata']?.['name'])]), 'Succeeded');
      expect((await ended(path, 'Complete')).status).not.toHaveProperty('failed');
    });

    it('is ended when its time is up, with its pods', async () => {
      const { name, path } = await make({ activeDeadlineSeconds: 1 });
      const { condition } = await ended(path, 'Failed');
      expect(condition).toMatchObject({
        ...{ status: 'True', reason: 'DeadlineExceeded' },
        message: 'Job was active longer than specified deadline',
      });
      await vi.waitFor(async () => {
        const living = (await podsOf(name)).filter((pod) => pod['metadata']?.['deletionTimestamp'] === undefined);
        expect(living).toEqual([]);
      }, patience);
    });

    it('leaves its pods behind when it is deleted, unless it is asked to take them along', async () => {
      const kept = await make();
      const pod = await firstPod(kept.name);
      await server.admin.ask(kept.path, { method: 'DELETE' });
      const left = `${pods}/${String(pod['metadata']?.['name'])}`;
      await vi.waitFor(async () => {
        const { metadata } = await server.admin.get(left);
        expect(metadata).toMatchObject({ name: pod['metadata']?.['name'] });
        expect(metadata).not.toHaveProperty('ownerReferences');
      }, patience);

      const gone = await make();
      await firstPod(gone.name);
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' };
      await server.admin.ask(gone.path, { method: 'DELETE', body });
      await vi.waitFor(async () => {
        const living = (await podsOf(gone.name)).filter((one) => one['metadata']?.['deletionTimestamp'] === undefined);
        expect(living).toEqual([]);
      }, patience);
    });

    it('goes by itself, some time after it has ended', async () => {
      const { name, path } = await make({ ttlSecondsAfterFinished: 1 });
      await end(await firstPod(name), 'Succeeded');
      await vi.waitFor(async () => expect((await server.admin.ask(path)).code).toBe(404), patience);
    });
  });
}
