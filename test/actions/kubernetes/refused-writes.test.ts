import { describe, expect, it } from 'vitest';
import type { Action } from '#actions/action.ts';
import { exitOfOutcome } from '#actions/await-operation.ts';
import { begin } from '#actions/begin.ts';
import { action as definition } from '#actions/definitions/scale.ts';
import { type Ended, runOperation } from '#actions/run-operation.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { exitCodes } from '#text/till-error.ts';
import { type ActingWorld, actingWorld, namespace, odoo } from './world.ts';

const scale = definition as unknown as Action;
const toFour = { groups: { web: '4' } };
const circumstances = { reason: 'a test', ticket: null };
const web = { kind: 'Deployment', namespace, name: 'odoo-web' };

/** Plans and begins while all is well; `meanwhile` happens when the write is about to go out. */
async function scaled(world: ActingWorld, meanwhile: () => void, timeoutMs: number): Promise<Ended> {
  const { context } = world;
  const plan = await world.plan(scale, toFour);
  const request = { action: scale, params: toFour, plan, ...circumstances, incident: null, idempotencyKey: null };
  const begun = await begin(request, context);
  expect(begun.status).toBe('begun');
  const { operation } = begun;
  await using lease = await context.ledger.takeOver(operation, { pid: process.pid });
  const ended = await runOperation({
    ...{ action: scale, params: toFour, operation, tenant: world.tenant, agreed: plan, timeoutMs },
    context: {
      ...context,
      clusterWriter: (cluster) => {
        meanwhile();
        return context.clusterWriter(cluster);
      },
    },
    progress: { tell: () => undefined },
    signal: lease.lost,
    healthNow: async () => null,
  });
  const outcome = { ...ended, targets: [...ended.targets] };
  await context.ledger.append({ kind: 'operation', phase: 'outcome', operation, outcome });
  return ended;
}

async function outcomes({ context }: ActingWorld): Promise<readonly LedgerEntry[]> {
  const found: LedgerEntry[] = [];
  for await (const entry of context.ledger.entries({})) {
    found.push(entry);
  }
  return found.filter((entry) => 'phase' in entry && entry.phase === 'outcome');
}

const freeze = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'change-freeze' },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['apps'], apiVersions: ['*'], operations: ['UPDATE'], resources: ['deployments/scale'] },
        ],
      },
      validations: [
        {
          expression: "!(request.namespace == 'maple-toys' && object.spec.replicas > oldObject.spec.replicas)",
          reason: 'Forbidden',
          messageExpression: "'a change freeze is on in ' + request.namespace",
        },
      ],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'change-freeze' },
    spec: { policyName: 'change-freeze', validationActions: ['Deny'] },
  },
];

const quota = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'tenant', namespace },
  spec: { hard: { pods: '3' } },
};

describe('a scale that the cluster refuses', () => {
  it('by an admission policy has failed, in the policy’s words, and nothing was written', async () => {
    const world = await actingWorld({ seed: [odoo()] });
    const enforce = () => {
      for (const object of freeze) {
        world.kubernetes.apply(object);
      }
    };
    const ended = await scaled(world, enforce, 15_000);
    expect(ended).toMatchObject({ status: 'failed', reason: '403' });
    expect(ended.message).toContain("ValidatingAdmissionPolicy 'change-freeze'");
    expect(ended.message).toContain('a change freeze is on in maple-toys');
    expect(exitOfOutcome(ended)).toBe(exitCodes.failed);
    expect(world.kubernetes.get(web)?.spec).toMatchObject({ replicas: 2 });
    expect(await outcomes(world)).toMatchObject([{ outcome: { status: 'failed', reason: '403' } }]);
  });

  it('is told before, by the rehearsal', async () => {
    const world = await actingWorld({ seed: [odoo()] });
    const plan = await world.plan(scale, toFour);
    expect(await scale.dryRun?.(plan, plan.params, world.context)).toBe('ok');
    for (const object of freeze) {
      world.kubernetes.apply(object);
    }
    expect(await scale.dryRun?.(plan, plan.params, world.context)).toBe('refused');
  });

  it('by a quota was written: unknown when the time is up, with what the pods lack', async () => {
    const world = await actingWorld({ seed: [odoo()] });
    const ended = await scaled(world, () => world.kubernetes.apply(quota), 4_000);
    expect(ended.status).toBe('unknown');
    expect(ended.message).toContain('written; the time is up');
    expect(ended.message).toContain('exceeded quota: tenant, requested: pods=1, used: pods=3, limited: pods=3');
    expect(exitOfOutcome(ended)).toBe(exitCodes.timedOut);
    expect(world.kubernetes.get(web)).toMatchObject({ spec: { replicas: 4 }, status: { replicas: 3 } });
    expect(await outcomes(world)).toMatchObject([{ outcome: { status: 'unknown' } }]);
  });

  it('by a quota goes on by itself once there is room', async () => {
    const world = await actingWorld({ seed: [odoo()] });
    const ended = await scaled(world, () => world.kubernetes.apply(quota), 3_000);
    expect(ended.status).toBe('unknown');
    world.kubernetes.apply({ ...quota, spec: { hard: { pods: '5' } } });
    await expect
      .poll(() => world.kubernetes.get(web)?.status, { timeout: 10_000 })
      .toMatchObject({ availableReplicas: 4 });
    expect(JSON.stringify(world.kubernetes.get(web)?.status)).not.toContain('ReplicaFailure');
  });
});
