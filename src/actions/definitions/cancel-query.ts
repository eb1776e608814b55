import { setTimeout as pause } from 'node:timers/promises';
import type { Action, ActWorld } from '../action.ts';
import { pidGiven } from '../pid-given.ts';
import type { Plan } from '../plan.ts';
import { ownerWords, placeOf, refOf, sessionAt, sessionObject, sessionsWith, signalling, story } from '../sessions.ts';

interface Params {
  readonly pid: number;
  readonly [key: string]: number;
}

const lookEveryMs = 200;
/** How long a query may take to notice that it was cancelled. */
const patienceMs = 15_000;
const settleMs = 1_000;

export const action: Action<Params> = {
  name: 'cancel-query',
  title: 'Cancel query',
  summary: 'Stop the query that a database session runs; the session goes on',
  examples: [
    { line: 'till cancel-query maple-toys --pid 4711 --reason "runaway report"', note: 'its client sees an error' },
  ],
  danger: 'moderate',
  target: 'tenants',
  writesToSystems: true,
  flags: [{ name: 'pid', value: 'N', summary: 'the process of the session', environment: false }],
  parse: ({ pid }) => ({ pid: pidGiven(pid, action) }),
  async plan({ params, tenant, world }) {
    const place = placeOf(tenant);
    const held = await sessionAt(place, params.pid, world);
    const { session } = held;
    const runs = session.state === 'active';
    return {
      // Another query of the same session is another thing, which nobody has asked to be stopped.
      objects: [sessionObject(place, session, session.queryStart)],
      changes: [
        {
          object: `session ${session.pid}`,
          field: 'query',
          before: runs ? 'running' : (session.state ?? 'unknown'),
          after: 'cancelled',
          owner: ownerWords(session),
        },
      ],
      blockers: runs
        ? []
        : [
            {
              by: `session ${session.pid}`,
              // pg_cancel_backend answers true there and does nothing (facts: data-tier.md §1.6).
              reason: `it is ${session.state ?? 'in an unknown state'} and runs no query that could be cancelled`,
              until: null,
              wayOut: `till terminate-session ${place.tenant} --pid ${session.pid}`,
            },
          ],
      warnings: [story(held)],
      undo: null,
      equivalents: [
        `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = ${session.pid} AND backend_start = '${session.backendStart ?? ''}'`,
      ],
      expectedSeconds: 2,
    };
  },
  steps: (plan) =>
    plan.objects.map((object) => ({
      name: 'cancel-query',
      words: `cancelling the query of session ${object.name}`,
      run: async (operation, world) => {
        const writer = await world.postgresWriter(object.cluster ?? '');
        const isSent = await signalling(() => writer.cancel(operation, refOf(object)));
        return { pid: object.name, signalled: isSent };
      },
    })),
  async verify(plan, { pid }, world) {
    const [object] = plan.objects;
    const until = Math.min(world.deadline, world.clock.monotonic() + patienceMs);
    for (;;) {
      const [now] = await sessionsWith(object?.cluster ?? '', [pid], world);
      if (now === undefined || now.state !== 'active' || now.queryStart !== object?.version) {
        return { status: 'ok', message: 'the query has ended', after: now?.state ?? 'gone' };
      }
      if (world.signal.aborted || world.clock.monotonic() >= world.deadline) {
        return { status: 'unknown', message: 'it was told to stop; the time is up', after: now.state };
      }
      if (world.clock.monotonic() >= until) {
        return { status: 'failed', message: 'it was told to stop and still runs', after: now.state };
      }
      await pause(lookEveryMs);
    }
  }, // A cancelled query leaves nothing that says who cancelled it, so that one which is gone tells nothing. One that still runs
  // a second later, where a cancel ends it at once, says that none was sent.
  async find(plan, { pid }, world) {
    if (!(await wouldHaveEnded(plan, pid, world))) {
      return 'indeterminate';
    }
    await pause(settleMs);
    return (await wouldHaveEnded(plan, pid, world)) ? 'absent' : 'indeterminate';
  },
};

/** PostgreSQL looks for a cancel between rows and in most waits; not while it writes to its client, nor within a latch. */
const deafWaits = /^(Client|LWLock|BufferPin|Extension|IPC):/u;

/** The very query of the plan runs, and is where a cancel would have reached it. */
async function wouldHaveEnded({ objects: [object] }: Plan, pid: number, world: ActWorld): Promise<boolean> {
  if (object === undefined) {
    return false;
  }
  const [now] = await sessionsWith(object.cluster ?? '', [pid], world);
  return (
    now?.state === 'active' &&
    now.backendStart === refOf(object).backendStart &&
    now.queryStart === object.version &&
    !deafWaits.test(now.wait ?? '')
  );
}
