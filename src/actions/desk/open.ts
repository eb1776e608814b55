import type { Estate } from '#estate/estate.ts';
import type { Watcher } from '#health/watcher.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { clean } from '#text/clean.ts';
import type { Clock } from '#text/clock.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type ActContext, openContext } from '../context.ts';
import { actionNamed } from '../find-action.ts';
import { askToStop } from '../line-to-watchers.ts';
import { reconcile } from '../reconcile.ts';
import { mustStand, wayBack } from '../way-back.ts';
import { accessPort } from './access.ts';
import { backupsDesk } from './backups.ts';
import { checked } from './checking.ts';
import { howFarIn } from './how-far.ts';
import { askedFor, flagsOnLine } from './line.ts';
import { performed, recordRefused } from './performing.ts';
import { plannedFor } from './planning.ts';
import type { ActionShape, Desk, Standing } from './port.ts';
import { backupsReader } from './reader.ts';
import { standingNow } from './standing.ts';
import { wordsIn } from './words-in.ts';

export interface DeskOptions {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the screen is drawn from is what is planned for. */
  readonly watcher: Watcher;
  /** `--write`: a READ-ONLY estate is open for as long as this desk is. */
  readonly write: boolean;
}

export type OpenDesk = Desk & { close(): Promise<void> };

/** The state is looked at this often: while something runs, and while nothing does. */
const everyMs = { running: 300, idle: 1_500 };

/** Everything behind the console's acting: the same path as the commands', for as long as the console is open. */
export function openDesk({ estate, clock, env, watcher, write }: DeskOptions): OpenDesk {
  const context: ActContext = {
    ...openContext({ estate, clock, env, write, tenants: [], statuses: [] }),
    get tenants() {
      return watcher.known();
    },
    status: (name) => watcher.picture().tenants.find(({ tenant }) => tenant === name) ?? null,
  };
  const leaving = new AbortController();
  const progressOf = howFarIn(context.ledgerFolder, clock);
  let access: Standing['access'] = null;
  const look = () =>
    standingNow({
      ...{ ledger: context.ledger, tenants: () => context.tenants, clock, progressOf },
      ...{ isShared: estate.ledger?.postgres !== undefined, before: access },
    });

  const reader = backupsReader(estate.path ?? '', env);
  const backups = backupsDesk({ estate, clock, tenants: () => context.tenants, read: reader.read });

  return {
    async shapeOf(name) {
      return shapeOf(await actionNamed(name));
    },
    async plan(line) {
      const [name = '', ...typed] = wordsIn(line);
      const action = await actionNamed(name);
      const { params, tenants, ...given } = askedFor(action, typed, context.tenants);
      return await plannedFor(action, params, tenants, given, context);
    },
    async planUndo(operation) {
      const { undo, intent, tenant } = await wayBack(operation, context.ledger);
      const action = await actionNamed(undo.action);
      const on = context.tenants.find(({ name }) => name === tenant) ?? null;
      const given = { reason: null, ticket: intent.ticket, incident: null };
      const planned = await plannedFor(action, undo.params, [action.target === 'estate' ? null : on], given, context);
      for (const plan of planned.plans) {
        mustStand(plan, intent.plan?.changes ?? []);
      }
      return { ...planned, title: `Undo: ${planned.title.toLowerCase()}` };
    },
    check: (planned) => checked(planned, context),
    recordRefused: (planned) => recordRefused(planned, { context, signal: leaving.signal }),
    perform: (planned, { reason }) => performed(planned, reason, { context, signal: leaving.signal }),
    stop: (operation) => askToStop(operation, context.ledger, context.ledgerFolder),
    async entries({ operation, limit }) {
      await context.ledger.recordReading('console');
      const found: LedgerEntry[] = [];
      for await (const entry of context.ledger.newest({ limit, ...(operation === null ? {} : { operation }) })) {
        found.push(entry);
      }
      return found;
    },
    follow(listener) {
      let timer: NodeJS.Timeout | undefined;
      let isOver = false;
      const round = async () => {
        let standing: Standing;
        try {
          standing = await look();
          if (standing.running.some(({ status }) => status === 'lapsed') && (await reconcile(context)).length > 0) {
            standing = await look();
          }
        } catch (error) {
          const isAway = error instanceof TillError && error.exit === exitCodes.unreachable;
          standing = { running: [], ended: [], incidents: [], freezes: [], failure: wordsOf(error), isAway, access };
        }
        access = standing.access;
        backups.noticed(standing.running);
        if (!isOver) {
          listener(standing);
          timer = setTimeout(() => void round(), standing.running.length > 0 ? everyMs.running : everyMs.idle);
        }
      };
      void round();
      return () => {
        isOver = true;
        clearTimeout(timer);
      };
    },
    access: accessPort(context),
    backups,
    async close() {
      leaving.abort();
      backups.close();
      reader.close();
      await context.close();
    },
  };
}

function shapeOf(action: Parameters<typeof flagsOnLine>[0]): ActionShape {
  return {
    words: (action.words ?? []).map(({ name, choices }) => ({ name, choices })),
    flags: flagsOnLine(action),
    asks: asks(action),
  };
}

/** An action that cannot be read from nothing asks for its first word or its first flag. */
function asks(action: Parameters<typeof flagsOnLine>[0]): string | null {
  if ((action.words ?? []).some(({ optional }) => optional !== true)) {
    return '';
  }
  try {
    action.parse({});
    return null;
  } catch {
    const first = action.flags.find(({ value }) => value !== undefined);
    return first === undefined ? '' : `--${first.name} `;
  }
}

function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return clean(error instanceof TillError && error.next !== null ? `${words}; ${error.next}` : words);
}
