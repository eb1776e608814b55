import type { Blocker } from '#policy/refusal.ts';
import { type Foreign, object, text } from '#systems/kubernetes/foreign.ts';
import { quantity } from '#text/quantity.ts';
import { limitsOf, requestsOf } from './requests.ts';

/** A breach of quota is silent on the Deployment, so it is told before (facts: gitops.md §3.5). */
export function quotaBlockers(quotas: readonly Foreign[], template: Foreign, more: number): readonly Blocker[] {
  const requests = requestsOf(template);
  const limits = limitsOf(template);
  const needs: Readonly<Record<string, number>> = {
    pods: 1,
    'count/pods': 1,
    cpu: requests.cpu,
    memory: requests.memory,
    'requests.cpu': requests.cpu,
    'requests.memory': requests.memory,
    'limits.cpu': limits.cpu,
    'limits.memory': limits.memory,
  };
  return quotas.flatMap((quota) => {
    const { namespace, name } = object(quota['metadata']);
    const { hard: told, used } = object(quota['status']);
    const hard = Object.entries(object(told ?? object(quota['spec'])['hard']));
    const short = hard.flatMap(([resource, limit]) => {
      const each = needs[resource] ?? 0;
      const left = quantity(limit) - quantity(object(used)[resource]);
      return each > 0 && each * more > left + 1e-9
        ? [
            `${resource}: ${more} more need ${shown(resource, each * more)}, ${shown(resource, Math.max(0, left))} is left`,
          ]
        : [];
    });
    return short.length === 0
      ? []
      : [
          {
            by: `ResourceQuota ${text(namespace)}/${text(name)}`,
            reason: `the namespace's quota does not hold it (${short.join('; ')})`,
            until: null,
            wayOut: 'ask for fewer, or raise the quota',
          },
        ];
  });
}

function shown(resource: string, amount: number): string {
  if (resource.endsWith('memory')) {
    return `${Math.round(amount / 2 ** 20)}Mi`;
  }
  return resource.endsWith('cpu') ? `${Math.round(amount * 1000)}m` : String(amount);
}
