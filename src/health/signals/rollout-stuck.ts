import type { ConditionRow, WorkloadRow } from '#systems/kubernetes/rows.ts';
import { span } from '#text/age.ts';
import { andMore, brief } from '../reading.ts';
import { kubernetesSignal } from '../signal.ts';

/** In workloads whose new version does not get on. */
export const signal = kubernetesSignal({
  name: 'rollout-stuck',
  title: 'Rollout',
  layer: 'platform',
  unit: 'count',
  threshold: { direction: 'above', warn: null, critical: 1 },
  kinds: ['deployments', 'statefulsets'],
  read({ workloads }, { now }) {
    if (workloads.length === 0) {
      return null;
    }
    const stuck = workloads.flatMap((workload) => {
      const condition = whyStuck(workload);
      return condition === undefined ? [] : [{ workload, condition }];
    });
    const first = stuck[0];
    if (first !== undefined) {
      return {
        value: stuck.length,
        message: `${words(first.workload, first.condition, now)}${andMore(stuck.length - 1)}`,
      };
    }
    const unseen = workloads.filter(({ generation, observedGeneration }) => generation > observedGeneration);
    if (unseen[0] !== undefined) {
      const { name, generation } = unseen[0];
      const message = `${name} generation ${generation} not seen by its controller yet${andMore(unseen.length - 1)}`;
      return { value: 0, grade: 'warn', message };
    }
    return { value: 0, message: underWay(workloads) ?? 'every rollout is complete' };
  },
});

/** Stuck is what the controller says itself: past its deadline, or not able to make pods (a quota, a webhook). */
function whyStuck({ conditions, paused }: WorkloadRow): ConditionRow | undefined {
  return conditions.find(
    ({ type, status }) =>
      (type === 'Progressing' && status === 'False' && !paused) || (type === 'ReplicaFailure' && status === 'True'),
  );
}

function words({ name, updated, replicas }: WorkloadRow, condition: ConditionRow, now: number): string {
  const since = condition.changedAt === null ? '' : ` for ${span((now - condition.changedAt) / 1000)}`;
  const why = condition.type === 'ReplicaFailure' ? condition.message : condition.reason;
  return `${name} stuck${since}, ${updated} of ${replicas} pods new: ${brief(why ?? condition.type, 80)}`;
}

function underWay(workloads: readonly WorkloadRow[]): string | null {
  const paused = workloads.find((workload) => workload.paused);
  if (paused !== undefined) {
    return `${paused.name} rollout is paused`;
  }
  const rolling = workloads.find(({ updated, replicas }) => updated < replicas);
  return rolling === undefined
    ? null
    : `${rolling.name} rolling out, ${rolling.updated} of ${rolling.replicas} pods new`;
}
