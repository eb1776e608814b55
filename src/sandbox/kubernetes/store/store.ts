import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, instant } from '#text/clock.ts';
import { apiVersionOf, type Kind, qualified } from '../kinds/kind.ts';
import { Kinds } from '../kinds/registry.ts';
import type { SeedObject, StoredObject } from '../types.ts';
import { Entry, keyOf } from './entry.ts';
import { type Change, History } from './history.ts';
import { SortedEntries } from './sorted.ts';

interface Shelf {
  readonly entries: SortedEntries;
  readonly history: History;
}

/** The objects of the cluster, their versions and their past. Knows nothing of HTTP or of controllers. */
export class Store {
  readonly kinds = new Kinds();
  readonly #clock: Clock;
  readonly #shelves = new Map<string, Shelf>();
  readonly #listeners = new Set<(change: Change) => void>();
  #version = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest resourceVersion: one counter for all kinds, as etcd's revision is. */
  get version(): number {
    return this.#version;
  }

  get(kind: Kind, namespace: string | undefined, name: string): StoredObject | undefined {
    return this.entry(kind, namespace, name)?.object;
  }

  entry(kind: Kind, namespace: string | undefined, name: string): Entry | undefined {
    return this.#shelf(kind).entries.get(keyOf(namespace, name));
  }

  entries(kind: Kind, namespace?: string): readonly Entry[] {
    return this.#shelf(kind).entries.slice(namespace);
  }

  /** The entries as they were at a version; `undefined` when that is forgotten. */
  entriesAt(kind: Kind, namespace: string | undefined, version: number): readonly Entry[] | undefined {
    const { entries, history } = this.#shelf(kind);
    history.prune(this.#clock.now());
    const since = history.after(version);
    if (since === undefined || since.length === 0) {
      return since === undefined ? undefined : entries.slice(namespace);
    }
    const then = new SortedEntries();
    for (const entry of entries.slice(namespace)) {
      then.set(entry);
    }
    for (const { entry, before } of since.toReversed()) {
      if (before === undefined) {
        then.delete(entry.key);
      } else if (namespace === undefined || before.object.metadata.namespace === namespace) {
        then.set(before);
      }
    }
    return then.slice(undefined);
  }

  /** Changes after a version; `undefined` when some are forgotten. */
  changesAfter(kind: Kind, version: number): readonly Change[] | undefined {
    return this.#shelf(kind).history.after(version);
  }

  /** Forgets the past of every kind, as a compaction does: old watches and pages are refused from now on. */
  compact(): void {
    for (const { history } of this.#shelves.values()) {
      history.compact(this.#version);
    }
  }

  /** Creates or replaces; the server's own fields are filled here and nowhere else. */
  put(kind: Kind, wanted: SeedObject): StoredObject {
    const shelf = this.#shelf(kind);
    const { namespace, name } = wanted.metadata;
    const before = shelf.entries.get(keyOf(namespace, name));
    if (before !== undefined && isSame(before.object, wanted)) {
      return before.object;
    }
    this.#version += 1;
    const object = this.#stamped(kind, wanted, before?.object, `${this.#version}`);
    const entry = new Entry(kind, object, this.#version);
    shelf.entries.set(entry);
    this.#record(shelf, { type: before === undefined ? 'ADDED' : 'MODIFIED', version: this.#version, entry, before });
    return object;
  }

  /** What `put` would store: a dry run. A new object has a uid that never exists, and no version. */
  preview(kind: Kind, wanted: SeedObject): StoredObject {
    const before = this.get(kind, wanted.metadata.namespace, wanted.metadata.name);
    return this.#stamped(kind, wanted, before, before?.metadata.resourceVersion);
  }

  delete(kind: Kind, namespace: string | undefined, name: string): StoredObject | undefined {
    const shelf = this.#shelf(kind);
    const before = shelf.entries.get(keyOf(namespace, name));
    if (before === undefined) {
      return undefined;
    }
    this.#version += 1;
    shelf.entries.delete(before.key);
    const metadata = { ...before.object.metadata, resourceVersion: `${this.#version}` };
    const entry = new Entry(kind, { ...before.object, metadata }, this.#version);
    this.#record(shelf, { type: 'DELETED', version: this.#version, entry, before });
    return entry.object;
  }

  /** Hears every change, after it is stored. Returns the way to stop. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #stamped(
    kind: Kind,
    wanted: SeedObject,
    before: StoredObject | undefined,
    resourceVersion: string | undefined,
  ): StoredObject {
    const { apiVersion: _, kind: __, metadata, ...rest } = wanted;
    const generation = kind.generation ? { generation: nextGeneration(wanted, before) } : {};
    return {
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      metadata: {
        ...metadata,
        uid: before?.metadata.uid ?? (metadata['uid'] as string | undefined) ?? randomUUID(),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
        ...generation,
        ...deletionOf(wanted, before),
        creationTimestamp:
          before?.metadata.creationTimestamp ?? metadata.creationTimestamp ?? instant(this.#clock.now()),
      },
      ...rest,
    } as StoredObject;
  }

  #record(shelf: Shelf, change: Omit<Change, 'at'>): void {
    const recorded = { ...change, at: this.#clock.now() };
    shelf.history.append(recorded);
    for (const listener of this.#listeners) {
      listener(recorded);
    }
  }

  #shelf(kind: Kind): Shelf {
    const id = qualified(kind);
    let shelf = this.#shelves.get(id);
    if (shelf === undefined) {
      shelf = { entries: new SortedEntries(), history: new History(this.#version) };
      this.#shelves.set(id, shelf);
    }
    return shelf;
  }
}

/** Writing what is there already changes nothing, not even the version: a real server does the same. */
function isSame(before: StoredObject, wanted: SeedObject): boolean {
  if (before === wanted) {
    return true;
  }
  const { resourceVersion: _, uid: __, generation: ___, creationTimestamp: ____, ...metadata } = before.metadata;
  const {
    resourceVersion: _____,
    uid: ______,
    generation: _______,
    creationTimestamp: ________,
    ...wantedMetadata
  } = wanted.metadata;
  return (
    isDeepStrictEqual(metadata, wantedMetadata) &&
    isDeepStrictEqual({ ...before, metadata: undefined }, { ...wanted, metadata: undefined })
  );
}

/** Once an object is to be deleted, nobody takes that back. */
function deletionOf({ metadata }: SeedObject, before: StoredObject | undefined): object {
  const marks = ['deletionTimestamp', 'deletionGracePeriodSeconds'] as const;
  return before?.metadata['deletionTimestamp'] === undefined || metadata['deletionTimestamp'] !== undefined
    ? {}
    : Object.fromEntries(marks.map((mark) => [mark, before.metadata[mark]]));
}

function nextGeneration(wanted: SeedObject, before: StoredObject | undefined): number {
  if (before === undefined) {
    return 1;
  }
  const now = before.metadata.generation ?? 1;
  return wanted.spec === before.spec || isDeepStrictEqual(wanted.spec, before.spec) ? now : now + 1;
}
