import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Action } from '#actions/action.ts';
import { type ActContext, openContext } from '#actions/context.ts';
import { action as restart } from '#actions/definitions/restart.ts';
import { action as rollback } from '#actions/definitions/rollback.ts';
import { action as scale } from '#actions/definitions/scale.ts';
import { licence } from '#actions/licence.ts';
import { prepare } from '#actions/prepare.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import { systemClock } from '#text/clock.ts';
import type { ApiServer } from '../../contract/api-server.ts';
import { mergePatch } from '../../contract/client.ts';
import { startRealControlPlane } from '../../contract/real-control-plane.ts';
import { anEstate } from '../../health/makers.ts';
import { actingTenant, hpa, namespace, odoo } from './world.ts';

/** A server without controllers: what is asked of it and what it stores is real, and no pod ever comes. */
describe('against a real kube-apiserver', () => {
  let server: ApiServer;
  let context: ActContext;
  const folder = mkdtempSync(join(tmpdir(), 'till-acting-real-'));
  const tenant = actingTenant();

  beforeAll(async () => {
    server = await startRealControlPlane();
    await server.admin.post('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-1' },
      status: {
        allocatable: { cpu: '8', memory: '32Gi', pods: '110' },
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    };
    await server.admin.post('/api/v1/nodes', node);
    // A new node is tainted until a controller finds it ready, and there are none here.
    await server.admin.ask('/api/v1/nodes/node-1', {
      method: 'PATCH',
      headers: mergePatch,
      body: { spec: { taints: null } },
    });
    const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    await server.admin.post(deployments, odoo({ annotations: { note: 'kept' } }));
    await server.admin.post(deployments, odoo({ component: 'cron', replicas: 1, annotations: { note: 'kept' } }));
    await olderRevision(deployments);
    await server.admin.post(`/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`, hpa(2, 4));
    context = openContext({
      estate: anEstate({
        mode: 'READ-WRITE',
        clusters: { 'eu-prod': { kubeconfig: server.kubeconfigPath } } as never,
      }),
      clock: systemClock,
      env: { XDG_STATE_HOME: folder, HOME: folder },
      write: true,
      tenants: [tenant],
      statuses: [],
    });
  });
  afterAll(async () => {
    await context?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The ReplicaSet of an older release of cron, as the controller would have left it. */
  async function olderRevision(deployments: string): Promise<void> {
    const cron = await server.admin.get(`${deployments}/odoo-cron`);
    const older = odoo({ component: 'cron', image: 'odoo:17.0-2.3.0' });
    const { template } = older.spec as { readonly template: { readonly metadata: { readonly labels: object } } };
    const labels = { ...template.metadata.labels, 'pod-template-hash': 'abc' };
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'odoo-cron', uid: cron['metadata']?.['uid'] };
    const { code } = await server.admin.post(deployments.replace('deployments', 'replicasets'), {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: 'odoo-cron-abc',
        labels,
        annotations: { 'deployment.kubernetes.io/revision': '1' },
        ownerReferences: [{ ...owner, controller: true }],
      },
      spec: { replicas: 0, selector: { matchLabels: labels }, template: { ...template, metadata: { labels } } },
    });
    expect(code).toBe(201);
  }

  const acting = () => ({
    ...context,
    signal: AbortSignal.timeout(5000),
    deadline: systemClock.monotonic() + 1000,
    progress: () => undefined,
  });
  const planned = async (action: Action, params: JsonObject) =>
    (await prepare(action, params, tenant, context, { reason: 'a test', ticket: null })).plan;

  it.each([
    ['replicas', scale as unknown as Action, { groups: { cron: '2' } }],
    ['an autoscaler’s bounds', scale as unknown as Action, { groups: { web: '3' } }],
    ['a rollback', rollback as unknown as Action, { to: '1', groups: ['cron'], hashes: {} }],
    ['a restart', restart as unknown as Action, { groups: ['web'] }],
  ])('%s: dry run, write once, find the stamp, and refuse the same plan again', async (_what, action, params) => {
    const plan = await planned(action, params);
    expect(plan.blockers).toEqual([]);
    expect(await action.dryRun?.(plan, plan.params, context)).toBe('ok');
    const [step] = action.steps(plan, plan.params);
    const operation = context.ledger.newId();
    await step?.run(licence(operation, action.name), acting());
    expect(await action.find?.(plan, plan.params, acting(), operation)).toBe('applied');
    const again = action.steps(plan, plan.params)[0]?.run(licence(context.ledger.newId(), action.name), acting());
    await expect(again).rejects.toMatchObject({ certainty: 'refused', moved: true });
    expect(await action.verify(plan, plan.params, acting())).toMatchObject({ status: 'unknown' });
  });
});
