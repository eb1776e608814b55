import type { Estate, Tenant } from '#estate/estate.ts';
import { clean } from '#text/clean.ts';
import type { Clock } from '#text/clock.ts';
import type { OperationRow } from '../operation-rows.ts';
import type { BackupsPort, BackupsView } from './backups-port.ts';
import type { ReadBackups } from './read-for-console.ts';

/** A store is asked this often by a console that nobody touches: backups come by the hour, and each look may cost money. */
const everyMs = 600_000;
/** After what may have changed them. */
const soonMs = 1_000;

export interface BackupsOptions {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly tenants: () => readonly Tenant[];
  /** Reads everything once. */
  readonly read: (tenants: readonly Tenant[]) => Promise<ReadBackups>;
}

/** These change what lies in the store, or what is known of it. */
const changing = new Set(['backup', 'verify-backup', 'restore', 'drill', 'prune', 'switchover']);

export type OpenBackups = BackupsPort & {
  /** What runs now: the end of what changes backups is a reason to read them again. */
  noticed(running: readonly OperationRow[]): void;
  close(): void;
};

export function backupsDesk({ estate, clock, tenants, read }: BackupsOptions): OpenBackups {
  const listeners = new Set<(view: BackupsView) => void>();
  // An estate that says nothing of backups is only looked at when somebody opens their screen.
  const isKept = estate.backups !== undefined || (estate.otherBackups ?? []).length > 0;
  let view: BackupsView = {
    ...{ picture: null, readAt: null, isReading: false, away: null, storeReadAt: null },
    ...{ drillEvery: drillEveryOf(estate), servers: new Map(), drills: [] },
  };
  let timer: NodeJS.Timeout | undefined;
  let ran: ReadonlySet<string> = new Set();
  let readOf = '';
  /** Something may have changed since the reading that is under way began. */
  let isAskedAgain = false;
  let isOver = false;
  const show = (change: Partial<BackupsView>) => {
    view = { ...view, ...change };
    for (const listener of listeners) {
      listener(view);
    }
  };
  const later = (ms: number) => {
    clearTimeout(timer);
    if (!isOver) {
      timer = setTimeout(() => void look(), ms);
    }
  };
  const look = async () => {
    if (isOver) {
      return;
    }
    if (view.isReading) {
      isAskedAgain = true;
      return;
    }
    isAskedAgain = false;
    show({ isReading: true });
    const of = tenants();
    readOf = namesOf(of);
    const change = await read(of).then(
      (found) => grown(view, found, clock.now()),
      (error: unknown) => ({ away: clean(error instanceof Error ? error.message : String(error)) }),
    );
    if (!isOver) {
      show({ ...change, isReading: false, servers: serversOf(of) });
      later(isAskedAgain ? soonMs : everyMs);
    }
  };
  return {
    follow(listener) {
      listeners.add(listener);
      listener(view);
      if (isKept && view.readAt === null) {
        later(soonMs);
      }
      return () => void listeners.delete(listener);
    },
    read: () => void look(),
    noticed(running) {
      const now = new Set(running.filter(({ action }) => changing.has(action)).map(({ operation }) => operation));
      // Tenants are found one by one while a console opens.
      const isOfOthers = (isKept || view.readAt !== null) && namesOf(tenants()) !== readOf;
      if (isOfOthers || [...ran].some((operation) => !now.has(operation))) {
        later(soonMs);
      }
      ran = now;
    },
    close() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

function namesOf(tenants: readonly Tenant[]): string {
  return tenants.map(({ name }) => name).join(' ');
}

/** A store that is away takes nothing from the screen: what lay in it when it was seen last is shown, and that it is old. */
function grown(before: BackupsView, { picture, drills }: ReadBackups, now: number): Partial<BackupsView> {
  const away = picture.failures.find(({ source }) => source.startsWith('store '))?.message ?? null;
  const known = before.picture;
  const kept = away === null ? null : known;
  return {
    drills: kept === null ? drills : before.drills,
    readAt: now,
    away: away === null ? null : clean(away),
    storeReadAt: away === null ? now : before.storeReadAt,
    picture:
      kept === null ? picture : { ...picture, ours: kept.ours, leftovers: kept.leftovers, standings: kept.standings },
  };
}

function drillEveryOf({ tiers }: Estate): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(tiers).flatMap(([name, { backup }]) => (backup?.drill === undefined ? [] : [[name, backup.drill]])),
  );
}

function serversOf(tenants: readonly Tenant[]): ReadonlyMap<string, string> {
  return new Map(tenants.flatMap(({ name, postgres }) => (postgres === null ? [] : [[name, postgres] as const])));
}
