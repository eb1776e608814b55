import type { WorkloadRow } from '#systems/kubernetes/rows.ts';
import { span } from '#text/age.ts';
import { andMore, brief } from '../reading.ts';
import { kubernetesSignal } from '../signal.ts';

/** In percent of the wanted pods of the worst workload: one of three missing is a warning, two of three are critical. */
export const signal = kubernetesSignal({
  name: 'workloads-ready',
  title: 'Workloads ready',
  layer: 'platform',
  unit: 'percent',
  symptom: true,
  threshold: { direction: 'below', warn: 99, critical: 34 },
  kinds: ['deployments', 'statefulsets', 'pods'],
  read({ workloads }, { tenant, now }) {
    if (workloads.length === 0) {
      return tenant.selector === null
        ? null
        : { value: 0, grade: 'critical', message: `no workload matches ${brief(tenant.selector, 60)}` };
    }
    const wanted = workloads.filter(({ replicas }) => replicas > 0);
    const worst = wanted.toSorted((a, b) => shareReady(a) - shareReady(b) || b.replicas - a.replicas)[0];
    if (worst === undefined) {
      return { value: null, grade: 'ok', message: 'asleep: every workload is scaled to 0' };
    }
    const value = Math.floor(shareReady(worst) * 100);
    if (value >= 100) {
      const pods = wanted.reduce((sum, { replicas }) => sum + replicas, 0);
      return { value, message: `${pods} of ${pods} pods ready` };
    }
    const short = wanted.filter((workload) => shareReady(workload) < 1).length;
    return {
      value,
      message: `${worst.name} ${worst.ready} of ${worst.replicas} ready${sinceWhen(worst, now)}${andMore(short - 1)}`,
    };
  },
});

/** During a surge more pods are ready than wanted: that is still all of them. */
function shareReady({ ready, replicas }: WorkloadRow): number {
  return Math.min(1, ready / replicas);
}

function sinceWhen({ conditions }: WorkloadRow, now: number): string {
  const since = conditions.find(({ type, status }) => type === 'Available' && status === 'False')?.changedAt ?? null;
  return since === null ? '' : ` for ${span((now - since) / 1000)}`;
}
