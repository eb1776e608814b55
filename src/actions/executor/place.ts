import type { Estate } from '#estate/estate.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { Handover } from '#ledger/wire.ts';
import type { Action } from '../action.ts';

export type Executor = NonNullable<NonNullable<Estate['backups']>['executor']>;

/** Where an operation runs: as a Job of the estate's executor, or in a worker of this host. */
export type Place =
  | { readonly kind: 'job'; readonly executor: Executor }
  /** Why not as a Job; null for what is short and never is one. */
  | { readonly kind: 'here'; readonly why: string | null };

/** How long a Job may take to begin: a node that has to be added, an image that has to be pulled. */
const graceMs = 600_000;

export function placeOf(
  { isLong }: Pick<Action, 'isLong'>,
  { backups, ledger }: Estate,
  params: JsonObject = {},
): Place {
  if (isLong === undefined || (isLong !== true && !isLong(params))) {
    return { kind: 'here', why: null };
  }
  const executor = backups?.executor;
  if (executor === undefined) {
    return { kind: 'here', why: 'the estate names no executor' };
  }
  // A file ledger belongs to one host, and a pod is another one.
  return ledger?.postgres === undefined
    ? { kind: 'here', why: 'an executor needs the ledger in PostgreSQL' }
    : { kind: 'job', executor };
}

/** Fixed by the operation, so that a Job that was asked for twice is one. */
export function jobName(operation: string): string {
  return `till-${operation.toLowerCase()}`;
}

/** Who takes an operation over from the process that begins it. */
export function handoverTo(place: Place, operation: string): true | Handover {
  return place.kind === 'here' ? true : { job: jobName(operation), graceMs };
}

export function placeInWords(place: Place, operation: string): string | null {
  if (place.kind === 'here') {
    return place.why === null ? null : `runs in a worker of this host: ${place.why}`;
  }
  const { cluster, namespace } = place.executor;
  return `runs as Job ${jobName(operation)} in ${namespace} of ${cluster}`;
}
