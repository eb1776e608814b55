import { type Foreign, number, object, objects, text } from '#systems/kubernetes/foreign.ts';

export interface Rollout {
  readonly status: 'done' | 'going' | 'failed';
  readonly words: string;
  readonly available: number;
  readonly wanted: number;
}

/**
 * Whether a workload has arrived where its spec says, by kubectl's own rules in kubectl's order (facts: gitops.md §2.1, §2.2),
 * and one more: scaled down means that no pod too many is left.
 */
export function rolloutOf(held: Foreign): Rollout {
  const metadata = object(held['metadata']);
  const spec = object(held['spec']);
  const status = object(held['status']);
  const wanted = number(spec['replicas'], 1);
  const total = number(status['replicas']);
  const updated = number(status['updatedReplicas']);
  const available = number(status['availableReplicas']);
  const lack = refusalOfPods(status);
  const going = (words: string): Rollout => ({ status: 'going', words: `${words}${lack}`, available, wanted });
  if (number(metadata['generation']) > number(status['observedGeneration'])) {
    return going('waiting for the controller to see it');
  }
  const progressing = objects(status['conditions']).find(({ type }) => type === 'Progressing');
  if (progressing?.['reason'] === 'ProgressDeadlineExceeded') {
    const words = `made no progress within its deadline: ${text(progressing['message'], 200)}`;
    return { status: 'failed', words, available, wanted };
  }
  if (updated < wanted && !isUntouched(held)) {
    return going(`${updated} of ${wanted} pods are new`);
  }
  if (total > Math.max(updated, wanted)) {
    return going(`${total - Math.max(updated, wanted)} old pods are ending`);
  }
  if (total > wanted) {
    return going(`${total - wanted} pods too many are ending`);
  }
  if (available < wanted) {
    return going(`${available} of ${wanted} pods are available`);
  }
  return { status: 'done', words: `${available} of ${wanted} pods are available`, available, wanted };
}

/** A quota or a policy keeps new pods from being made: that is told on the workload, not by the write (facts: gitops.md §3.5). */
function refusalOfPods(status: Foreign): string {
  const failure = objects(status['conditions']).find(
    (condition) => condition['type'] === 'ReplicaFailure' && condition['status'] === 'True',
  );
  return failure === undefined ? '' : `; no more can be made: ${text(failure['message'], 400)}`;
}

/** A StatefulSet that was never rolled over counts no updated pods while its two revisions are one. */
function isUntouched(held: Foreign): boolean {
  const status = object(held['status']);
  return status['currentRevision'] !== undefined && status['currentRevision'] === status['updateRevision'];
}
