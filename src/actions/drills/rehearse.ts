import type { CatalogueEntry } from '#backups/catalogue.ts';
import { scratchName } from '#backups/database-mark.ts';
import type { Operation } from '#systems/operation.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { instant } from '#text/clock.ts';
import type { ActWorld } from '../action.ts';
import { type Recovered, type RecoveryPlace, recover } from '../recovery/recover.ts';
import { clearAway, clearDead } from './clear-away.ts';
import type { ServePlace } from './place.ts';
import { isNotFailed, kept, proofOf } from './prove.ts';
import type { DrillCheck, Drilled } from './result.ts';
import { serve } from './serving/serve.ts';
import { wayTo } from './serving/way.ts';

export interface Rehearsal {
  readonly tenant: string;
  readonly backup: Pick<CatalogueEntry, 'tenant' | 'backup' | 'sha256'>;
  readonly store: ObjectStore;
  readonly place: RecoveryPlace;
  readonly serve: ServePlace | null;
  /** The Host that is asked for, and the image that answers; null: it is not served. */
  readonly pod: { readonly host: string; readonly image: string } | null;
}

/**
 * The whole of a restore drill. The incident is the moment at which it begins; it is over when the login page was answered, or, where
 * nothing serves, when everything was checked. What was made is cleared away whatever happened, and looked for afterwards.
 */
export async function rehearse(rehearsal: Rehearsal, operation: Operation, world: ActWorld): Promise<Drilled> {
  const { clock } = world;
  const uncleared = await clearDead(rehearsal, operation, world);
  const incident = clock.now();
  const begunAt = clock.monotonic();
  const soFar = () => Math.ceil((clock.monotonic() - begunAt) / 1000);
  const begun = { kind: 'restore', backup: rehearsal.backup.backup, startedAt: instant(incident) } as const;
  const seconds: Record<string, number> = {};
  let recovered: Recovered | null = null;
  const checks: DrillCheck[] = uncleared.map((message) => ({ check: 'leftovers', status: 'not-done', message }));
  let failure: unknown = null;
  try {
    recovered = await recoverScratch(rehearsal, operation, world, (phase, took) => {
      seconds[phase] = took;
    });
    checks.push(...recovered.checks);
    if (recovered.checks.every(isNotFailed)) {
      const served = clock.monotonic();
      checks.push(...(await serveScratch(rehearsal, recovered, operation, world)));
      seconds['serve'] = Math.ceil((clock.monotonic() - served) / 1000);
    }
  } catch (error) {
    failure = error;
  }
  if (failure instanceof Error) {
    checks.push({ check: 'recovery', status: 'failed', message: clean(failure.message).slice(0, 1_500) });
  }
  const rto = recovered !== null && checks.every(isNotFailed) ? soFar() : null;
  const rpo =
    recovered?.newestRow == null ? null : Math.max(0, Math.ceil((incident - Date.parse(recovered.newestRow)) / 1000));
  const about = { rehearsal, operation, at: instant(clock.now()), rto, rpo };
  const proof = proofOf(recovered, failure, checks, about);
  const keep = (all: readonly DrillCheck[]) =>
    proof === null ? null : kept(rehearsal, operation, { ...proof, seconds, checks: [...all] });
  // Before the clearing: what was proven is not lost to a kill in the middle of that.
  await keep([...checks, { check: 'clean-up', status: 'not-done', message: 'it was about to begin' }]);
  const clearing = clock.monotonic();
  checks.push(await clearAway(rehearsal, operation, world));
  seconds['clean-up'] = Math.ceil((clock.monotonic() - clearing) / 1000);
  const lost = await keep(checks);
  checks.push(...(lost === null ? [] : [lost]));
  if (world.signal.aborted) {
    const left = checks.find(({ check }) => check === 'clean-up');
    throw new WriteFailure(left?.status === 'ok' ? 'refused' : 'unknown', `stopped; ${left?.message ?? ''}`, 'stopped');
  }
  if (failure !== null && !(failure instanceof Error)) {
    throw failure;
  }
  const drilled = { ...begun, rto, rpo, seconds, checks, level: proof?.status === 'ok' ? proof.level : null } as const;
  return {
    ...drilled,
    status: checks.every(isNotFailed) ? 'ok' : 'failed',
    message: messageOf(drilled),
  };
}

function recoverScratch(
  { place, backup }: Rehearsal,
  operation: Operation,
  world: ActWorld,
  onPhase: (phase: string, seconds: number) => void,
): Promise<Recovered> {
  return recover({ place, backup, database: scratchName(operation.id), isDrill: true, onPhase }, operation, world);
}

async function serveScratch(
  { tenant, place, serve: servePlace, pod }: Rehearsal,
  { database }: Recovered,
  operation: Operation,
  world: ActWorld,
): Promise<readonly DrillCheck[]> {
  const said = (status: DrillCheck['status'], message: string) => [{ check: 'serve', status, message }];
  const server = world.estate.postgres[place.server];
  if (servePlace === null || pod === null || server === undefined) {
    return said('not-done', 'nothing serves it: the estate or the backup does not say what could');
  }
  const { cluster, namespace, secret } = servePlace;
  const serving = { operation: operation.id, tenant, database, cluster, namespace, secret, ...pod };
  try {
    return await serve({ ...serving, way: await wayTo(server, world) }, operation, world);
  } catch (error) {
    if (world.signal.aborted || !(error instanceof Error)) {
      throw error;
    }
    return said('failed', clean(error.message).slice(0, 1_000));
  }
}

function messageOf({ checks, level, backup }: Pick<Drilled, 'checks' | 'level' | 'backup'>): string {
  const failed = checks.filter(({ status }) => status === 'failed');
  if (failed.length > 0) {
    return failed.map(({ check, message }) => `${check}: ${clean(message)}`).join('; ');
  }
  const done = checks.filter(({ status }) => status === 'ok').length;
  const notDone = checks.filter(({ status }) => status === 'not-done').map(({ check }) => check);
  return `${backup} was ${level ?? 'restored'}: ${done} checks good${notDone.length === 0 ? '' : `, not done: ${notDone.join(', ')}`}`;
}
