import { hash } from 'node:crypto';
import { canonical, type Json } from './canonical.ts';
import { replaceFile, textOf } from './disk.ts';
import { emptyState, type LedgerState, type MutableLedgerState } from './state.ts';

/**
 * The state up to one entry, and that entry's place, number and hash: with it nobody reads the whole file. Its own digest
 * tells a damaged snapshot, which is thrown away, from a sound one that the ledger no longer fits, which is evidence.
 */
export interface Snapshot {
  readonly seq: number;
  readonly hash: string;
  /** Where the entry's line ends in the file. */
  readonly offset: number;
  readonly state: LedgerState;
}

export function readSnapshot(path: string): Snapshot | null {
  const text = textOf(path);
  return text === null ? null : decoded(text);
}

/** Not fsynced: a snapshot that a crash has torn is rebuilt from the ledger. Its size is returned. */
export function writeSnapshot(path: string, snapshot: Snapshot): number {
  const text = encoded(snapshot);
  replaceFile(path, text);
  return text.length;
}

export function encoded({ seq, hash: head, offset, state }: Snapshot): string {
  const { home, policy } = state;
  const maps = [state.operations, state.freezes, state.incidents, state.requests, state.grants, state.locks];
  const lists = [...maps, state.proposals, state.keys, state.epochs].map((map) => [...map.values()]);
  // What the maps hold came out of entries, so it is JSON; the types of its parts say so more precisely than `Json`.
  const body = canonical({ seq, hash: head, offset, home, policy, lists } as unknown as Json);
  return `{"snapshot":${body},"version":2,"sha256":"${hash('sha256', body)}"}\n`;
}

const form = /^\{"snapshot":(?<body>.*),"version":2,"sha256":"(?<digest>[0-9a-f]{64})"\}\n$/s;

export function decoded(text: string): Snapshot | null {
  const { body = '', digest } = form.exec(text)?.groups ?? {};
  if (digest !== hash('sha256', body)) {
    return null;
  }
  const { seq, hash: head, offset, home, policy, lists } = JSON.parse(body);
  const [operations, freezes, incidents, requests, grants, locks, proposals, keys, epochs] = lists;
  const state: MutableLedgerState = emptyState();
  state.home = home;
  state.policy = policy;
  fill(state.operations, operations, 'operation');
  fill(state.freezes, freezes, 'freeze');
  fill(state.incidents, incidents, 'incident');
  fill(state.requests, requests, 'key');
  fill(state.grants, grants, 'grant');
  fill(state.locks, locks, 'lock');
  fill(state.proposals, proposals, 'policy');
  fill(state.keys, keys, 'vkey');
  fill(state.epochs, epochs, 'epoch');
  return { seq, hash: head, offset, state };
}

function fill<K extends string, T extends Readonly<Record<K, string>>>(
  map: Map<string, T>,
  items: readonly T[],
  key: K,
): void {
  for (const item of items) {
    map.set(item[key], item);
  }
}
