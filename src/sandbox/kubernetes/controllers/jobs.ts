import { instant } from '#text/clock.ts';
import { Refusal } from '../api/status.ts';
import type { Condition, Job, JobStatus, Pod } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import { as, type Cluster, putStatus } from './cluster.ts';
import type { Again } from './deployments.ts';
import { suffixOf } from './hash.ts';
import { createPod, isReady } from './pods.ts';

const backOffMs = { first: 10_000, longest: 600_000 };
const quotaAgainMs = 5_000;

/** What was counted of one Job's pods: a pod that has gone since stays counted. */
interface Tally {
  readonly known: Map<string, Pod>;
  readonly counted: Set<string>;
  succeeded: number;
  failed: number;
  /** Ended otherwise than well, whether or not it counts as a failure: the next one waits for it. */
  unwell: number;
  lastUnwellAt: number;
}

/** Runs a Job's pods to their end, one after the other where they fail, and says how it went in the real controller's words. */
export class Jobs {
  readonly #cluster: Cluster;
  readonly #endPod: (pod: Pod) => void;
  readonly #again: Again;
  readonly #remove: (job: StoredObject) => void;
  readonly #tallies = new Map<string, Tally>();

  constructor(cluster: Cluster, endPod: (pod: Pod) => void, again: Again, remove: (job: StoredObject) => void) {
    this.#cluster = cluster;
    this.#endPod = endPod;
    this.#again = again;
    this.#remove = remove;
  }

  reconcile(key: string): void {
    const { store, kinds, owned, clock } = this.#cluster;
    const [namespace, name = ''] = key.split('/');
    const object = store.get(kinds.job, namespace, name);
    const job = as<Job>(object);
    if (object === undefined || job === undefined || job.metadata.deletionTimestamp !== undefined) {
      return;
    }
    const pods = owned.of<Pod>(job.metadata.uid, kinds.pod);
    if (isFinished(job)) {
      this.#sweep(job, object, key);
      return;
    }
    const now = clock.now();
    const startTime = job.status?.startTime ?? (job.spec.suspend === true ? undefined : instant(now));
    const tally = this.#count(job, pods);
    const active = pods.filter((pod) => !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined);
    const terminating = pods.filter((pod) => !isTerminal(pod) && pod.metadata.deletionTimestamp !== undefined);
    const ended = this.#verdict(job, tally, startTime, now);
    if (ended !== null) {
      for (const pod of active) {
        this.#endPod(pod);
      }
    }
    const isOver = ended !== null && active.length + terminating.length === 0;
    let refusal: Refusal | null = null;
    if (ended === null && job.spec.suspend !== true) {
      refusal = this.#fill(job, object, key, active.length, terminating.length, tally);
    }
    const living = owned.of<Pod>(job.metadata.uid, kinds.pod).filter((pod) => !isTerminal(pod));
    const count = living.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length;
    putStatus(this.#cluster, kinds.job, store.get(kinds.job, namespace, name) ?? object, {
      ...(count === 0 ? {} : { active: count }),
      ...(ended === null ? {} : { conditions: conditionsOf(job, ended, isOver, instant(now)) }),
      ...(isOver && ended.type === 'Complete' ? { completionTime: instant(now) } : {}),
      ...(tally.failed === 0 ? {} : { failed: tally.failed }),
      ready: living.filter(isReady).length,
      ...(startTime === undefined ? {} : { startTime }),
      ...(tally.succeeded === 0 ? {} : { succeeded: tally.succeeded }),
      terminating: living.length - count,
      uncountedTerminatedPods: {},
    } satisfies JobStatus);
    if (isOver) {
      this.#cluster.recorder.record({
        about: object,
        ...(ended.type === 'Complete'
          ? { reason: 'Completed', message: 'Job completed' }
          : ({ type: 'Warning', reason: ended.reason, message: ended.message } as const)),
        component: 'job-controller',
      });
    }
    if (refusal !== null) {
      this.#again(key, this.#cluster.span(quotaAgainMs));
    }
  }

  forget({ metadata }: StoredObject): void {
    this.#tallies.delete(metadata.uid);
  }

  /** Pods that have ended since the last look, and those that went without saying how. */
  #count(job: Job, pods: readonly Pod[]): Tally {
    const tally = this.#tallies.get(job.metadata.uid) ?? {
      ...{ known: new Map<string, Pod>(), counted: new Set<string>() },
      ...{ succeeded: 0, failed: 0, unwell: 0, lastUnwellAt: 0 },
    };
    this.#tallies.set(job.metadata.uid, tally);
    const there = new Map(pods.map((pod) => [pod.metadata.uid, pod]));
    for (const [uid, pod] of there) {
      tally.known.set(uid, pod);
    }
    for (const [uid, pod] of tally.known) {
      const isLost = !there.has(uid);
      if (tally.counted.has(uid) || !(isLost || isTerminal(pod))) {
        continue;
      }
      tally.counted.add(uid);
      if (pod.status?.phase === 'Succeeded') {
        tally.succeeded += 1;
      } else {
        tally.unwell += 1;
        tally.lastUnwellAt = this.#cluster.clock.now();
        tally.failed += isIgnored(job, pod) ? 0 : 1;
      }
    }
    return tally;
  }

  #verdict({ spec }: Job, tally: Tally, startTime: string | undefined, now: number): Ended | null {
    const { backoffLimit = 6, completions = 1, activeDeadlineSeconds } = spec;
    if (tally.succeeded >= completions) {
      return { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
    }
    if (tally.failed > backoffLimit) {
      const message = 'Job has reached the specified backoff limit';
      return { type: 'Failed', reason: 'BackoffLimitExceeded', message };
    }
    const isLate =
      activeDeadlineSeconds !== undefined &&
      startTime !== undefined &&
      now - Date.parse(startTime) >= activeDeadlineSeconds * 1000;
    return isLate
      ? { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' }
      : null;
  }

  /** Creates what is missing, when it is time for it. */
  #fill(
    job: Job,
    object: StoredObject,
    key: string,
    active: number,
    terminating: number,
    tally: Tally,
  ): Refusal | null {
    const { store, kinds, clock, recorder } = this.#cluster;
    const { parallelism = 1, completions = 1, podReplacementPolicy, activeDeadlineSeconds } = job.spec;
    const held = podReplacementPolicy === 'Failed' ? terminating : 0;
    const missing = Math.min(parallelism, completions - tally.succeeded) - active - held;
    const deadline = activeDeadlineSeconds === undefined ? null : activeDeadlineSeconds * 1000;
    const started = Date.parse(job.status?.startTime ?? instant(clock.now()));
    const waitMs =
      tally.unwell === 0
        ? 0
        : tally.lastUnwellAt +
          this.#cluster.span(Math.min(backOffMs.longest, backOffMs.first * 2 ** (tally.unwell - 1))) -
          clock.now();
    if (deadline !== null) {
      this.#again(`${key}`, Math.max(1, Math.min(started + deadline - clock.now(), waitMs > 0 ? waitMs : Infinity)));
    } else if (missing > 0 && waitMs > 0) {
      this.#again(key, waitMs);
    }
    if (waitMs > 0) {
      return null;
    }
    for (let made = 0; made < missing; made += 1) {
      const { namespace, name } = job.metadata;
      const podName = `${name}-${suffixOf(`${namespace}/${name}/${store.version}/${made}`)}`;
      const pod = createPod(this.#cluster, {
        owner: object,
        template: job.spec.template,
        name: podName,
        generateName: `${name}-`,
      });
      const about = store.get(kinds.job, namespace, name) ?? object;
      if (pod instanceof Refusal) {
        const message = `Error creating: ${pod.message}`;
        recorder.record({ about, type: 'Warning', reason: 'FailedCreate', message, component: 'job-controller' });
        return pod;
      }
      const message = `Created pod: ${podName}`;
      recorder.record({ about, reason: 'SuccessfulCreate', message, component: 'job-controller' });
    }
    return null;
  }

  /** A finished Job goes when its time is up, with its pods. */
  #sweep({ spec, status }: Job, object: StoredObject, key: string): void {
    const ttl = spec.ttlSecondsAfterFinished;
    if (ttl === undefined) {
      return;
    }
    const since = status?.conditions?.find(({ type }) => type === 'Complete' || type === 'Failed')?.lastTransitionTime;
    const leftMs = Date.parse(since ?? '') + ttl * 1000 - this.#cluster.clock.now();
    if (leftMs > 0) {
      this.#again(key, leftMs);
    } else {
      this.#remove(object);
    }
  }
}

interface Ended {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

function isFinished({ status }: Job): boolean {
  return (
    status?.conditions?.some(
      (condition) => condition.status === 'True' && (condition.type === 'Complete' || condition.type === 'Failed'),
    ) ?? false
  );
}

function isTerminal({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** What a drain or a preemption ends is not the Job's failure, where its policy says so. */
function isIgnored({ spec }: Job, { status }: Pod): boolean {
  return (spec.podFailurePolicy?.rules ?? []).some(
    ({ action, onPodConditions = [] }) =>
      action === 'Ignore' &&
      onPodConditions.some((wanted) =>
        (status?.conditions ?? []).some(
          (condition) => condition.type === wanted.type && condition.status === (wanted.status ?? 'True'),
        ),
      ),
  );
}

/** First that it will end, then, when its pods are gone, that it has. */
function conditionsOf(
  { status }: Job,
  { type, reason, message }: Ended,
  isOver: boolean,
  at: string,
): readonly Condition[] {
  const target = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
  return [target, ...(isOver ? [type] : [])].map((each) => {
    const known = status?.conditions?.find((condition) => condition.type === each);
    return known ?? { type: each, status: 'True', lastProbeTime: at, lastTransitionTime: at, reason, message };
  });
}
