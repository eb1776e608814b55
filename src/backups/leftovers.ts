import type { OpenOperation } from '#ledger/state.ts';
import { timeOf, ulidPattern } from '#ledger/ulid.ts';
import type { Leftover } from './catalogue.ts';
import { markOf } from './database-mark.ts';
import { isTenantName } from './layout.ts';

/** What restores and drills left on servers and disks. What lies about in a store is in the catalogue. */
export interface Remains {
  /**
   * `scratch`: of a restore or drill that ended in between; `restored` and `kept`: made to stay until somebody swaps or drops it;
   * `unmarked`: named as till names its own and without a word of whose it is; `folder`: files of a database that is gone.
   */
  readonly kind: 'scratch' | 'restored' | 'kept' | 'unmarked' | 'folder';
  /** The server as the estate names it, or the folder that it is in. */
  readonly place: string;
  readonly name: string;
  readonly tenant: string | null;
  /** The operation that made it what it is; null where nothing tells. */
  readonly operation: string | null;
  readonly backup: string | null;
  /** RFC 3339: since when; null where nothing tells. */
  readonly at: string | null;
  /** Bytes; null where that is not known. */
  readonly size: number | null;
  /** The line that removes it. */
  readonly remove: string;
}

export interface FoundDatabase {
  readonly server: string;
  readonly name: string;
  readonly comment: string | null;
  readonly size: number | null;
}

export interface FoundFolder {
  /** The folder that it is in. */
  readonly place: string;
  /** Whose databases have their files there. */
  readonly server: string;
  readonly name: string;
  /** Whether nobody but till puts folders there. */
  readonly isOurs: boolean;
}

export interface Found {
  readonly databases: readonly FoundDatabase[];
  readonly folders: readonly FoundFolder[];
  /** Servers that answered: of the others nobody knows which databases they have. */
  readonly servers: readonly string[];
  /** Everybody that the estate knows now. */
  readonly tenants: readonly { readonly name: string; readonly postgres: string | null }[];
}

/** `running`: the operations that are under way; what they have made is theirs. */
export function remainsOf(
  { databases, folders, servers, tenants }: Found,
  running: ReadonlySet<string>,
): readonly Remains[] {
  const isRunning = (operation: string | null) => operation !== null && running.has(operation);
  const left = databases.flatMap((database) => {
    const remains = ofDatabase(database, tenants);
    return remains === null || isRunning(remains.operation) ? [] : [remains];
  });
  const known = new Set(databases.map(({ server, name }) => `${server} ${name}`));
  const orphans = folders.filter(
    ({ server, name, isOurs }) =>
      servers.includes(server) &&
      !known.has(`${server} ${name}`) &&
      // A restore names its files before its database: while something runs, only a name of ours tells.
      ((isOurs && running.size === 0) || operationIn(name) !== null) &&
      !isRunning(operationIn(name)),
  );
  return [...left, ...orphans.map(ofFolder)].sort(byPlace);
}

/**
 * What a backup that is under way has put into the store so far: it has no manifest yet. A pack does not say whose it is, so it is that
 * of a backup of its tenant which began before it.
 */
export function isBeingWritten(
  { backup, tenant, at }: Pick<Leftover, 'backup' | 'tenant' | 'at'>,
  running: readonly (Pick<OpenOperation, 'operation' | 'action' | 'openedAt'> & {
    readonly target: { readonly tenants: readonly string[] } | null;
  })[],
): boolean {
  return running.some(
    ({ operation, action, target, openedAt }) =>
      operation === backup ||
      (backup === null &&
        action === 'backup' &&
        tenant !== null &&
        target?.tenants.includes(tenant) === true &&
        Date.parse(at) >= Date.parse(openedAt)),
  );
}

/** Of a name as till gives them: `till_01k…`, or `maple_toys_till_01k…` for what was live before a swap. */
export function operationIn(name: string): string | null {
  const operation = /(?:^|_)till_([0-9a-z]{26})$/.exec(name)?.[1]?.toUpperCase();
  return operation !== undefined && ulidPattern.test(operation) ? operation : null;
}

function ofDatabase({ server: place, name, comment, size }: FoundDatabase, tenants: Found['tenants']): Remains | null {
  const mark = markOf(comment);
  // Whoever may make a database writes its comment: what stands there is no part of a line that somebody types after us.
  if (mark !== null && isTenantName(mark.tenant)) {
    const { till: kind, operation, tenant, backup, at } = mark;
    // What is left of a tenant that is gone is dropped in the name of another, who has the same server.
    const isGone = !tenants.some((one) => one.name === tenant);
    const another = isGone ? tenants.find(({ postgres }) => postgres === place) : undefined;
    const remove = `till restore ${another?.name ?? tenant} --drop ${shellWord(name)}`;
    return { kind, place, name, size, operation, tenant, backup, at, remove };
  }
  const operation = operationIn(name);
  if (operation === null) {
    return null;
  }
  return {
    ...{ kind: 'unmarked', place, name, size, tenant: null, operation, backup: null, at: begunAt(operation) },
    remove: `DROP DATABASE "${name.replaceAll('"', '""')}"`,
  };
}

function ofFolder({ place, name }: FoundFolder): Remains {
  const operation = operationIn(name);
  return {
    ...{ kind: 'folder', place, name, tenant: null, operation, backup: null, at: begunAt(operation), size: null },
    remove: `rm -r ${shellWord(`${place}/${name}`)}`,
  };
}

function begunAt(operation: string | null): string | null {
  return operation === null ? null : new Date(timeOf(operation)).toISOString();
}

function shellWord(text: string): string {
  return /^[\w./@:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function byPlace(a: Remains, b: Remains): number {
  return a.place === b.place ? (a.name < b.name ? -1 : 1) : a.place < b.place ? -1 : 1;
}
