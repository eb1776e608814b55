import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Action } from '#actions/action.ts';
import { begin } from '#actions/begin.ts';
import { type ActContext, openContext } from '#actions/context.ts';
import type { Plan } from '#actions/plan.ts';
import { prepare } from '#actions/prepare.ts';
import { type Ended, runOperation } from '#actions/run-operation.ts';
import type { Tenant } from '#estate/estate.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import { startKubernetes } from '#sandbox/kubernetes/open.ts';
import type { SandboxKubernetes, SeedObject } from '#sandbox/kubernetes/types.ts';
import { accessObjects } from '#sandbox/objects/access.ts';
import { systemClock } from '#text/clock.ts';
import { anEstate } from '../../health/makers.ts';

export const namespace = 'maple-toys';

export interface ActingWorld {
  readonly kubernetes: SandboxKubernetes;
  readonly context: ActContext;
  readonly tenant: Tenant;
  plan(action: Action, params: JsonObject, tenant?: Tenant): Promise<Plan>;
  /** The whole path in this process: plan, record, act, verify. Returns how it ended. */
  perform(action: Action, params: JsonObject): Promise<Ended & { readonly operation: string; readonly plan: Plan }>;
}

export interface WorldOptions {
  readonly seed: readonly SeedObject[];
  readonly tenant?: Partial<Tenant>;
  readonly others?: readonly Tenant[];
  readonly timeoutMs?: number;
}

/** A sandbox cluster with a ledger and an estate of one tenant, gone with the test. */
export async function actingWorld({
  seed,
  tenant: fields,
  others = [],
  timeoutMs = 15_000,
}: WorldOptions): Promise<ActingWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'till-acting-'));
  const kubernetes = await startKubernetes({
    folder,
    seed: [...accessObjects('2026-01-01T00:00:00Z'), ...seed],
    clock: systemClock,
    pace: 50,
  });
  const tenant = actingTenant(fields);
  const estate = anEstate({
    mode: 'READ-WRITE',
    clusters: { 'eu-prod': { context: 'till-sandbox', kubeconfig: kubernetes.kubeconfigPath } } as never,
  });
  const context = openContext({
    estate,
    clock: systemClock,
    env: { XDG_STATE_HOME: folder, HOME: folder },
    write: true,
    tenants: [tenant, ...others],
    statuses: [],
  });
  onTestFinished(async () => {
    await context.close();
    await kubernetes.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const circumstances = { reason: 'a test', ticket: null };
  const plan = async (action: Action, params: JsonObject, who = tenant): Promise<Plan> =>
    (await prepare(action, params, who, context, circumstances)).plan;
  return {
    kubernetes,
    context,
    tenant,
    plan,
    async perform(action, params) {
      const agreed = await plan(action, params);
      const begun = await begin(
        { action, params, plan: agreed, ...circumstances, incident: null, idempotencyKey: null },
        context,
      );
      if (begun.status !== 'begun') {
        throw new Error(`it did not begin: ${JSON.stringify(begun)}`);
      }
      const { operation } = begun;
      await using lease = await context.ledger.takeOver(operation, { pid: process.pid });
      const ended = await runOperation({
        action,
        params,
        operation,
        tenant,
        agreed,
        context,
        progress: { tell: () => undefined },
        signal: lease.lost,
        timeoutMs,
        healthNow: async () => null,
      });
      const outcome = { ...ended, targets: [...ended.targets] };
      await context.ledger.append({ kind: 'operation', phase: 'outcome', operation, outcome });
      return { ...ended, operation, plan: agreed };
    },
  };
}

export function actingTenant(fields: Partial<Tenant> = {}): Tenant {
  return {
    name: 'maple-toys',
    retailer: 'maple',
    environment: 'production',
    tier: 'standard',
    hosting: 'dedicated',
    timezone: 'Europe/Paris',
    currency: 'EUR',
    cluster: 'eu-prod',
    namespace,
    selector: 'app.kubernetes.io/instance=maple-toys',
    postgres: null,
    database: null,
    redis: null,
    front: null,
    host: 'maple-toys.example.com',
    thresholds: {},
    ...fields,
  };
}

export interface OdooOptions {
  readonly component?: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly cpu?: string;
}

/** One of the workloads of an Odoo, as the sandbox's estate has them. */
export function odoo(options: OdooOptions = {}): SeedObject {
  const { component = 'web', replicas = 2, image = 'odoo:17.0-2.4.1', cpu = '250m' } = options;
  const labels = {
    'app.kubernetes.io/name': 'odoo',
    'app.kubernetes.io/instance': 'maple-toys',
    'app.kubernetes.io/component': component,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: `odoo-${component}`,
      namespace,
      labels: { ...labels, ...options.labels },
      annotations: { ...options.annotations },
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: 'odoo',
              image,
              args: ['--workers=4', '--max-cron-threads=0'],
              resources: { requests: { cpu, memory: '512Mi' } },
            },
          ],
        },
      },
    },
  };
}

export function hpa(min: number, max: number): SeedObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'odoo-web', namespace, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'odoo-web' },
      minReplicas: min,
      maxReplicas: max,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    },
  };
}
