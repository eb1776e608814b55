import { setTimeout as delay } from 'node:timers/promises';
import type { SeedObject, StoredObject } from '../kubernetes/types.ts';
import { preferring, type Scenario } from './scenario.ts';

const release = '2.5.0';
const longestRolloutMs = 60_000;
const lookEveryMs = 250;
/** What the new pods carry and the old ones do not: whoever rolls back is rid of the trouble. */
const marker = { 'till.dev/release': release };

interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: { readonly containers?: readonly { readonly image?: string }[] };
}

/** A release that seems well and is not: it rolls out to the end, and only then its pods crash. */
export const badRelease: Scenario = {
  name: 'bad-release',
  summary: 'a new image rolls out at odoo-web and then crashes; the revision before it is well',
  defaultTenant: preferring('bike-barn', 'maple-toys'),
  async start({ kubernetes }, tenant) {
    const { namespace } = tenant;
    const web = { kind: 'Deployment', namespace, name: 'odoo-web' };
    const before = kubernetes.get(web);
    if (before === undefined) {
      throw new Error(`${namespace} has no odoo-web`);
    }
    kubernetes.apply(released(before));
    await rolledOut(() => kubernetes.get(web));
    kubernetes.setPodBehaviour(
      { namespace, labels: marker },
      {
        crash: { exitCode: 137, reason: 'Error', message: 'CRITICAL odoo.service.server: out of workers', restarts: 3 },
      },
    );
    return async () => {
      kubernetes.setPodBehaviour({ namespace, labels: marker }, null);
      const now = kubernetes.get(web);
      // Somebody may have rolled it back already.
      if (now !== undefined && templateOf(now).metadata?.labels?.['till.dev/release'] === release) {
        kubernetes.apply(withTemplate(now, templateOf(before)));
      }
    };
  },
};

async function rolledOut(deployment: () => StoredObject | undefined): Promise<void> {
  const until = performance.now() + longestRolloutMs;
  while (performance.now() < until && !isRolledOut(deployment())) {
    await delay(lookEveryMs);
  }
}

function isRolledOut(deployment: StoredObject | undefined): boolean {
  const { replicas, updatedReplicas, availableReplicas, observedGeneration } = (deployment?.status ?? {}) as Readonly<
    Record<string, number | undefined>
  >;
  return (
    observedGeneration === deployment?.metadata.generation &&
    replicas === updatedReplicas &&
    replicas === availableReplicas
  );
}

function templateOf({ spec }: StoredObject): Template {
  return (spec as { readonly template: Template }).template;
}

function withTemplate({ status: _, ...object }: StoredObject, template: Template): SeedObject {
  return { ...object, spec: { ...(object.spec as object), template } };
}

function released(object: StoredObject): SeedObject {
  const { metadata, spec, ...rest } = templateOf(object);
  return withTemplate(object, {
    ...rest,
    metadata: { ...metadata, labels: { ...metadata?.labels, ...marker } },
    spec: {
      ...spec,
      containers: (spec?.containers ?? []).map((container) => ({
        ...container,
        image: container.image?.replace(/-\d+\.\d+\.\d+$/, `-${release}`) ?? '',
      })),
    },
  });
}
