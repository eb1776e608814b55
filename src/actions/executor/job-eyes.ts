import { operationLabel } from '#estate/enforcement/job.ts';
import { ReadFailure } from '#systems/source.ts';
import { clean } from '#text/clean.ts';
import type { PlanWorld } from '../action.ts';
import { type Executor, jobName } from './place.ts';

/** A Job as far as it can be seen from here. `unseen`: the cluster is away, or we may not look; `foreign`: not this operation's. */
export interface JobLook {
  readonly state: 'waiting' | 'running' | 'complete' | 'failed' | 'absent' | 'unseen' | 'foreign';
  /** What keeps it, or how it ended; null where there is nothing to tell. */
  readonly words: string | null;
  /** Where it is there. */
  readonly uid: string | null;
  readonly resourceVersion: string | null;
}

interface Meta {
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
}
interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}
interface Job {
  readonly metadata?: Meta;
  readonly status?: { readonly conditions?: readonly Condition[] };
}
interface Pod {
  readonly metadata?: Meta;
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly {
      readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
    }[];
  };
}
interface Event {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
}

const unseen = (words: string): JobLook => ({ state: 'unseen', words, uid: null, resourceVersion: null });
const absent: JobLook = { state: 'absent', words: null, uid: null, resourceVersion: null };

export function jobPath({ namespace }: Executor, operation: string): string {
  return `/apis/batch/v1/namespaces/${namespace}/jobs/${jobName(operation)}`;
}

/** Looks at an operation's Job and its pods. Never throws: what cannot be seen is `unseen`, and says why. */
export async function lookAtJob(
  operation: string,
  executor: Executor,
  world: Pick<PlanWorld, 'cluster'>,
): Promise<JobLook> {
  try {
    const cluster = await world.cluster(executor.cluster);
    const get = async (path: string) => cluster.get(path, { deadlineMs: 5_000 });
    const job = (await get(jobPath(executor, operation)).catch(nothingThere)) as Job | null;
    if (job === null) {
      return absent;
    }
    const { uid = null, resourceVersion = null, labels } = job.metadata ?? {};
    const at = { uid, resourceVersion };
    if (labels?.[operationLabel] !== operation) {
      return { ...at, state: 'foreign', words: `another Job has the name ${jobName(operation)}` };
    }
    const ended = job.status?.conditions?.find(
      ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'),
    );
    if (ended !== undefined) {
      const why = [ended.reason, ended.message].filter((part) => part !== undefined).join(': ');
      return { ...at, state: ended.type === 'Complete' ? 'complete' : 'failed', words: clean(why) };
    }
    const namespace = `/api/v1/namespaces/${executor.namespace}`;
    const pods = (await get(`${namespace}/pods?labelSelector=${operationLabel}%3D${operation}`)) as {
      readonly items?: readonly Pod[];
    };
    const newest = (pods.items ?? [])
      .toSorted((a, b) => (a.metadata?.creationTimestamp ?? '').localeCompare(b.metadata?.creationTimestamp ?? ''))
      .at(-1);
    if (newest?.status?.phase === 'Running') {
      return { ...at, state: 'running', words: null };
    }
    const name = newest === undefined ? jobName(operation) : (newest.metadata?.name ?? '');
    const words = troubleOf(newest) ?? (await eventAbout(name, (path) => get(`${namespace}/${path}`)));
    return { ...at, state: 'waiting', words };
  } catch (error) {
    return unseen(clean(error instanceof Error ? error.message : String(error)));
  }
}

function nothingThere(error: unknown): null {
  if (error instanceof ReadFailure && error.code === '404') {
    return null;
  }
  throw error;
}

/** What a pod itself says of why it does not begin. */
function troubleOf(pod: Pod | undefined): string | null {
  const { name = '' } = pod?.metadata ?? {};
  const waiting = pod?.status?.containerStatuses?.[0]?.state?.waiting;
  if (waiting?.reason !== undefined && waiting.reason !== 'ContainerCreating' && waiting.reason !== 'PodInitializing') {
    return clean(
      `pod ${name} does not begin: ${waiting.reason}${waiting.message === undefined ? '' : `, ${waiting.message}`}`,
    );
  }
  const unscheduled = pod?.status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  return unscheduled === undefined ? null : clean(`no node takes pod ${name}: ${unscheduled.message ?? ''}`);
}

/** A Secret that is not there, a quota that is full: only events tell. Whoever may not read them is told nothing. */
async function eventAbout(name: string, get: (path: string) => Promise<unknown>): Promise<string | null> {
  const found = (await get(`events?fieldSelector=involvedObject.name%3D${name}`).catch(() => null)) as {
    readonly items?: readonly Event[];
  } | null;
  const warning = found?.items?.findLast(({ type }) => type === 'Warning');
  return warning === undefined ? null : clean(`${name}: ${warning.reason ?? ''}, ${warning.message ?? ''}`);
}

export type JobEyes = (operation: string) => Promise<JobLook>;

const looksEveryMs = 2_000;
const kept = new WeakMap<PlanWorld['cluster'], JobEyes>();

/** Asked as often as a watcher looks, it looks itself every two seconds at most. */
export function eyesOf(world: Pick<PlanWorld, 'cluster' | 'clock' | 'estate'>): JobEyes {
  const known = kept.get(world.cluster);
  if (known !== undefined) {
    return known;
  }
  const seen = new Map<string, { readonly at: number; readonly look: Promise<JobLook> }>();
  const eyes: JobEyes = async (operation) => {
    const executor = world.estate.backups?.executor;
    if (executor === undefined) {
      return unseen('the estate names no executor');
    }
    const now = world.clock.monotonic();
    const last = seen.get(operation);
    const look = last !== undefined && now - last.at < looksEveryMs ? last.look : lookAtJob(operation, executor, world);
    seen.set(operation, look === last?.look ? last : { at: now, look });
    return look;
  };
  kept.set(world.cluster, eyes);
  return eyes;
}
