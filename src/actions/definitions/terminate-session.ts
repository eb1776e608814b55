import { setTimeout as pause } from 'node:timers/promises';
import { usageError } from '#grammar/usage-error.ts';
import type { Action, ActWorld, PlanWorld, Verdict } from '../action.ts';
import { pidGiven } from '../pid-given.ts';
import type { Plan } from '../plan.ts';
import {
  type Held,
  ownerWords,
  type Place,
  placeOf,
  refOf,
  rootsAt,
  sessionAt,
  sessionObject,
  sessionsOn,
  sessionsWith,
  signalling,
  story,
} from '../sessions.ts';

type Params = { readonly pid: number } | { readonly blockers: true };

const lookEveryMs = 200;
/** A backend that is told to end first finishes what cannot be interrupted. */
const patienceMs = 20_000;
const settleMs = 1_000;

export const action: Action<Params> = {
  name: 'terminate-session',
  title: 'Terminate session',
  summary: 'End a database session, or every one at the head of a lock tree',
  examples: [
    { line: 'till terminate-session maple-toys --blockers --dry-run', note: 'who holds everybody up, and since when' },
    { line: 'till terminate-session maple-toys --pid 4711 --reason "stuck import"', note: 'that one alone' },
  ],
  key: 'K',
  danger: 'severe',
  target: 'tenants',
  writesToSystems: true,
  flags: [
    { name: 'pid', value: 'N', summary: 'the session of this process', environment: false },
    { name: 'blockers', summary: 'every session that others wait for and that waits for nobody', environment: false },
  ],
  parse({ pid, blockers }) {
    if (pid !== undefined && blockers !== undefined) {
      throw usageError('--pid and --blockers name two sets of sessions', action, 'give one of the two');
    }
    // Without either it is the lock tree, which is what the console's key is pressed for; a name has to be typed anyway.
    return pid === undefined ? { blockers: true } : { pid: pidGiven(pid, action) };
  },
  async plan({ params, tenant, world }) {
    const place = placeOf(tenant);
    const { held, blockers } = 'pid' in params ? await one(place, params.pid, world) : await heads(place, world);
    return {
      objects: held.map(({ session }) => sessionObject(place, session, session.transactionStart)),
      changes: held.map(({ session }) => ({
        object: `session ${session.pid}`,
        field: 'state',
        before: session.transactionStart === null ? 'connected' : 'in a transaction',
        after: 'ended',
        owner: ownerWords(session),
      })),
      blockers,
      warnings: [
        ...held.map(story),
        ...(held.length === 0 ? [] : ['what it has not committed is rolled back; its client sees an error']),
      ],
      undo: null,
      equivalents: held.map(
        ({ session: { pid, backendStart } }) =>
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ${pid} AND backend_start = '${backendStart ?? ''}'`,
      ),
      expectedSeconds: 2,
    };
  },
  steps: (plan) =>
    plan.objects.map((object) => ({
      name: 'terminate-session',
      words: `ending session ${object.name} on ${object.cluster ?? ''}`,
      run: async (operation, world) => {
        const writer = await world.postgresWriter(object.cluster ?? '');
        const isEnded = await signalling(() => writer.terminate(operation, refOf(object)));
        return { pid: object.name, signalled: isEnded };
      },
    })),
  async verify(plan, _params, world) {
    const until = Math.min(world.deadline, world.clock.monotonic() + patienceMs);
    for (;;) {
      const verdict = await lookedAt(plan, world);
      if (verdict.status === 'ok') {
        return verdict;
      }
      if (world.signal.aborted || world.clock.monotonic() >= world.deadline) {
        return { ...verdict, status: 'unknown', message: `it was told to end; the time is up: ${verdict.message}` };
      }
      if (world.clock.monotonic() >= until) {
        return verdict;
      }
      await pause(lookEveryMs);
    }
  },
  // A session carries no stamp: that it is gone does not say who ended it. One that waits for its client would not have
  // survived the signal, so that it is still there, and still is a while later, says that none was sent.
  async find(plan, _params, world) {
    if (!(await allWaitForTheirClients(plan, world))) {
      return 'indeterminate';
    }
    await pause(settleMs);
    return (await allWaitForTheirClients(plan, world)) ? 'absent' : 'indeterminate';
  },
};

async function one(place: Place, pid: number, world: PlanWorld) {
  return { held: [await sessionAt(place, pid, world)], blockers: [] };
}

async function heads(place: Place, world: PlanWorld) {
  const roots = await rootsAt(place, world);
  const held: Held[] = roots.flatMap(({ session, waiters }) => (session === null ? [] : [{ session, waiters }]));
  const prepared = roots.find(({ pid }) => pid === 0);
  const strangers = held.filter(({ session }) => session.database !== place.database);
  const blockers = [
    ...(roots.length === 0
      ? [{ by: `lock tree of ${place.database}`, reason: 'nobody is held up by anybody', until: null, wayOut: null }]
      : []),
    ...(prepared === undefined
      ? []
      : [
          {
            by: 'a prepared transaction',
            reason: `${prepared.waiters.length} sessions wait for a transaction that has no session`,
            until: null,
            wayOut: "SELECT gid FROM pg_prepared_xacts, then ROLLBACK PREPARED 'gid'",
          },
        ]),
    ...strangers.map(({ session }) => ({
      by: `session ${session.pid}`,
      reason: `it holds ${place.database} up and is in ${session.database ?? 'no database'}, another tenant's`,
      until: null,
      wayOut: 'act on that tenant, by --pid',
    })),
  ];
  return { held: held.filter(({ session }) => session.database === place.database), blockers };
}

async function allWaitForTheirClients({ objects }: Plan, world: ActWorld): Promise<boolean> {
  const refs = objects.map(refOf);
  const now = await sessionsWith(
    objects[0]?.cluster ?? '',
    refs.map(({ pid }) => pid),
    world,
  );
  return refs.every(({ pid, backendStart }) =>
    now.some((one) => one.pid === pid && one.backendStart === backendStart && one.state?.startsWith('idle') === true),
  );
}

async function stillThere({ objects }: Plan, world: ActWorld): Promise<readonly string[]> {
  const server = objects[0]?.cluster ?? '';
  const refs = objects.map(refOf);
  const now = await sessionsWith(
    server,
    refs.map(({ pid }) => pid),
    world,
  );
  return refs
    .filter(({ pid, backendStart }) => now.some((one) => one.pid === pid && one.backendStart === backendStart))
    .map(({ pid }) => String(pid));
}

async function lookedAt(plan: Plan, world: ActWorld): Promise<Verdict> {
  const left = await stillThere(plan, world);
  const ended = plan.objects.length - left.length;
  const after = `${ended} of ${plan.objects.length} ended`;
  if (left.length > 0) {
    return { status: 'failed', message: `session ${left.join(', ')} is still there`, after };
  }
  const pids = new Set(plan.objects.map(({ name }) => Number(name)));
  const waiting = (await sessionsOn(plan.objects[0]?.cluster ?? '', world)).filter(({ blockedBy }) =>
    blockedBy.some((pid) => pids.has(pid)),
  );
  return waiting.length > 0
    ? { status: 'failed', message: `ended, but ${waiting.length} sessions still wait for it`, after }
    : { status: 'ok', message: `${ended === 1 ? 'the session is' : `${ended} sessions are`} gone`, after };
}
