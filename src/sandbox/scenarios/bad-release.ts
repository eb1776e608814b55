import type { SandboxKubernetes, SeedObject, StoredObject } from '../kubernetes/types.ts';
import type { SandboxTenant } from '../tenants.ts';
import { preferring, type Scenario } from './scenario.ts';

interface Workload {
  readonly spec: {
    readonly template: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly { readonly image: string }[] };
    };
  };
}

const releaseLabel = 'helm.sh/chart';
const badChart = 'odoo-2.9.0';

/**
 * A release that does not start: a new image for web, cron and queue, as a new revision of each. The pods of the old one
 * go on serving where the rollout waits for the new; a rollback heals it.
 */
export const badRelease: Scenario = {
  name: 'bad-release',
  summary: 'a new image is rolled out and its pods crash as they start; a rollback heals it',
  defaultTenant: preferring('maple-toys', 'bike-barn'),
  async start({ kubernetes }, tenant) {
    const selector = {
      namespace: tenant.namespace,
      labels: { 'app.kubernetes.io/instance': tenant.instance, [releaseLabel]: badChart },
    };
    kubernetes.setPodBehaviour(selector, {
      crash: {
        exitCode: 1,
        reason: 'Error',
        message: 'psycopg2.errors.UndefinedColumn: column res_partner.loyalty_level does not exist',
      },
    });
    const before = deployments(kubernetes, tenant);
    for (const deployment of before) {
      kubernetes.apply(released(deployment));
    }
    return async () => {
      kubernetes.setPodBehaviour(selector, null);
      for (const old of before) {
        const now = kubernetes.get({ kind: 'Deployment', namespace: tenant.namespace, name: old.metadata.name });
        // Whoever rolled it back, or forward, has taken it out of our hands.
        if (now !== undefined && isBad(now)) {
          kubernetes.apply({ ...now, spec: { ...(now.spec as object), template: templateOf(old) } });
        }
      }
    };
  },
};

function deployments(kubernetes: SandboxKubernetes, { namespace, instance }: SandboxTenant): readonly StoredObject[] {
  return kubernetes
    .list('Deployment', namespace)
    .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/instance'] === instance);
}

function templateOf(deployment: StoredObject): Workload['spec']['template'] {
  return (deployment as unknown as Workload).spec.template;
}

function isBad(deployment: StoredObject): boolean {
  return templateOf(deployment).metadata?.labels?.[releaseLabel] === badChart;
}

function released(deployment: StoredObject): SeedObject {
  const { metadata, spec, ...rest } = templateOf(deployment);
  const containers = spec.containers.map((container) => ({
    ...container,
    image: container.image.replace(/-[\d.]+$/, '-2.9.0'),
  }));
  const template = {
    ...rest,
    metadata: { ...metadata, labels: { ...metadata?.labels, [releaseLabel]: badChart } },
    spec: { ...spec, containers },
  };
  return { ...deployment, spec: { ...(deployment.spec as object), template } };
}
