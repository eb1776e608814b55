import { expect, it, vi } from 'vitest';
import { type Answer, type Json, mergePatch } from './client.ts';
import { aPod, core, namespaceOf } from './guarded.ts';
import type { Server } from './objects.ts';

const told = ({ code, body }: Answer): readonly unknown[] => [code, body['reason'], body['message']];

/** The eviction subresource (facts: kubernetes-verified.md §7). */
export function evictionContract(server: Server): void {
  /** Pods that are ready, and a budget that needs so many of them. */
  const guarded = async (minAvailable: number) => {
    const namespace = await namespaceOf(server);
    const path = `${core}/namespaces/${namespace}/pods`;
    const budget = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;
    const app = { app: namespace };
    const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }));
    for (const name of ['web-0', 'web-1']) {
      await server().admin.post(path, aPod(name, {}, app));
      // Where there is no kubelet, this is what it would say.
      const body = { status: { phase: 'Running', conditions } };
      await server().admin.ask(`${path}/${name}/status`, { method: 'PATCH', headers: mergePatch, body });
    }
    const { body } = await server().admin.post(budget, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web' },
      spec: { minAvailable, selector: { matchLabels: app } },
    });
    const status = {
      currentHealthy: 2,
      desiredHealthy: minAvailable,
      disruptionsAllowed: 2 - minAvailable,
      expectedPods: 2,
      observedGeneration: body['metadata']?.['generation'],
    };
    await server().admin.ask(`${budget}/web/status`, { method: 'PATCH', headers: mergePatch, body: { status } });
    await vi.waitFor(
      async () => expect((await server().admin.get(`${budget}/web`))['status']).toMatchObject(status),
      5_000,
    );
    const evict = (name: string, deleteOptions: object = {}, query = ''): Promise<Answer> =>
      server().admin.post(`${path}/${name}/eviction${query}`, {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace },
        deleteOptions,
      });
    const isThere = async (name: string): Promise<boolean> => {
      const { code, body: pod } = await server().admin.ask(`${path}/${name}`);
      return code === 200 && pod['metadata']?.['deletionTimestamp'] === undefined;
    };
    const uidOf = async (name: string): Promise<Json | undefined> =>
      (await server().admin.get(`${path}/${name}`))['metadata']?.['uid'];
    return { evict, isThere, uidOf, budget: `${budget}/web` };
  };

  it('takes a pod that can be spared, and then the budget has no more to give', async () => {
    const { evict, isThere, budget } = await guarded(1);
    const { code, body } = await evict('web-0');
    expect([code, body]).toEqual([
      201,
      { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
    ]);
    expect(await isThere('web-0')).toBe(false);
    expect((await server().admin.get(budget))['status']?.['disruptionsAllowed']).toBe(0);
    expect((await evict('web-1')).code).toBe(429);
    expect(await isThere('web-1')).toBe(true);
  });

  it('is refused by a budget that cannot spare one, also as a rehearsal', async () => {
    const { evict, isThere } = await guarded(2);
    for (const [options, query] of [
      [{}, ''],
      [{}, '?dryRun=All'],
      [{ dryRun: ['All'] }, ''],
    ] as const) {
      const { code, body, headers } = await evict('web-0', options, query);
      expect([code, body['reason'], headers['retry-after']]).toEqual([429, 'TooManyRequests', undefined]);
      expect(body['message']).toBe("Cannot evict pod as it would violate the pod's disruption budget.");
      expect(body['details']).toEqual({
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget web needs 2 healthy pods and has 2 currently',
          },
        ],
      });
    }
    expect(await isThere('web-0')).toBe(true);
  });

  it('can be rehearsed, and leaves budget and pod as they are', async () => {
    const { evict, isThere, budget } = await guarded(1);
    expect((await evict('web-0', {}, '?dryRun=All')).code).toBe(201);
    expect((await evict('web-0', { dryRun: ['All'] })).code).toBe(201);
    expect(await isThere('web-0')).toBe(true);
    expect((await server().admin.get(budget))['status']?.['disruptionsAllowed']).toBe(1);
  });

  it('holds to a uid, and to a pod that is there', async () => {
    const { evict, isThere } = await guarded(1);
    const other = await evict('web-0', { preconditions: { uid: 'another' } });
    expect([other.code, other.body['reason']]).toEqual([409, 'Conflict']);
    expect(await isThere('web-0')).toBe(true);
    expect(told(await evict('nope'))).toEqual([404, 'NotFound', 'pods "nope" not found']);
    // A budget is charged before the precondition is looked at: the next one needs a budget of its own.
    const another = await guarded(1);
    const uid = await another.uidOf('web-0');
    expect((await another.evict('web-0', { preconditions: { uid } })).code).toBe(201);
  });
}
