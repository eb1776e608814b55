import type { PodRow } from '#systems/kubernetes/rows.ts';
import { span } from '#text/age.ts';
import { andMore, brief, gradeAt } from '../reading.ts';
import { kubernetesSignal } from '../signal.ts';

/** A restart longer ago than this says nothing about now. */
const recentMs = 15 * 60_000;

/** Statuses in which a pod stays until somebody acts: it does not start, or Kubernetes waits longer each time. */
const hopeless = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** In pods that cannot start or have restarted within the last quarter of an hour. */
export const signal = kubernetesSignal({
  name: 'pod-restarts',
  title: 'Restarts',
  layer: 'platform',
  unit: 'count',
  threshold: { direction: 'above', warn: 1, critical: 3 },
  kinds: ['pods'],
  read({ pods }, { now, threshold }) {
    if (pods.length === 0) {
      return null;
    }
    const stuck = pods.filter(({ status }) => hopeless.has(status.replace(/^Init:/, '')));
    const restarted = pods.filter((pod) => !stuck.includes(pod) && hasRestarted(pod, now));
    const troubled = [...mostRestartsFirst(stuck), ...mostRestartsFirst(restarted)];
    const worst = troubled[0];
    if (worst === undefined) {
      return { value: 0, message: 'no restart in 15 min' };
    }
    const value = troubled.length;
    return {
      value,
      grade: stuck.length > 0 ? 'critical' : gradeAt(value, threshold),
      message: `${brief(worst.name, 60)} ${words(worst, now)}${andMore(value - 1)}`,
    };
  },
});

function mostRestartsFirst(pods: readonly PodRow[]): readonly PodRow[] {
  return pods.toSorted((a, b) => b.restarts - a.restarts);
}

/** A container that ended once and for all (a finished Job) has not restarted. */
function hasRestarted({ restarts, lastTermination }: PodRow, now: number): boolean {
  const at = lastTermination?.finishedAt ?? null;
  return restarts > 0 && at !== null && now - at <= recentMs;
}

/** `CrashLoopBackOff: Error (exit 1), 7 restarts, last 2m10s ago` */
function words({ status, restarts, lastTermination }: PodRow, now: number): string {
  const exit = lastTermination?.exitCode == null ? '' : ` (exit ${lastTermination.exitCode})`;
  const ended = lastTermination === null ? '' : `${brief(lastTermination.reason)}${exit}`;
  const state = hopeless.has(status.replace(/^Init:/, '')) ? [brief(status), ended].filter(Boolean).join(': ') : ended;
  const times = restarts === 0 ? '' : `, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`;
  const at = lastTermination?.finishedAt ?? null;
  return `${state}${times}${at === null ? '' : `, last ${span((now - at) / 1000)} ago`}`;
}
