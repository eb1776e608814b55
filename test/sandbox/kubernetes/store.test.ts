import { describe, expect, it } from 'vitest';
import type { Kind } from '#sandbox/kubernetes/kinds/kind.ts';
import { Store } from '#sandbox/kubernetes/store/store.ts';
import { configMap } from './cluster.ts';
import { ManualTime } from './manual-time.ts';

function fresh(): { store: Store; kind: Kind; time: ManualTime } {
  const time = new ManualTime();
  const store = new Store(time);
  const kind = store.kinds.of('v1', 'ConfigMap');
  if (kind === undefined) {
    throw new Error('no ConfigMap');
  }
  return { store, kind, time };
}

const keys = (entries: readonly { readonly key: string }[] | undefined) => entries?.map(({ key }) => key);

describe('the store', () => {
  it('keeps objects in the order of etcd’s keys, and finds a namespace in them', () => {
    const { store, kind } = fresh();
    for (const [name, namespace] of [
      ['x', 'b'],
      ['b', 'a'],
      ['a', 'a'],
      ['a', 'a-b'],
      ['z', 'aa'],
    ] as const) {
      store.put(kind, configMap(name, namespace));
    }
    expect(keys(store.entries(kind))).toEqual(['a-b/a', 'a/a', 'a/b', 'aa/z', 'b/x']);
    expect(keys(store.entries(kind, 'a'))).toEqual(['a/a', 'a/b']);
  });

  it('remembers how a kind was at an earlier version', () => {
    const { store, kind } = fresh();
    store.put(kind, configMap('a'));
    store.put(kind, configMap('b'));
    const then = store.version;
    store.delete(kind, 'maple-toys', 'a');
    store.put(kind, configMap('c'));
    store.put(kind, { ...configMap('b'), data: { key: 'changed' } });
    expect(keys(store.entriesAt(kind, undefined, then))).toEqual(['maple-toys/a', 'maple-toys/b']);
    expect(store.entriesAt(kind, 'maple-toys', then)?.[1]?.object['data']).toEqual({ key: 'b' });
    expect(keys(store.entriesAt(kind, 'elsewhere', then))).toEqual([]);
  });

  it('forgets after five minutes, after many changes, and when it is compacted', async () => {
    const { store, kind, time } = fresh();
    store.put(kind, configMap('a'));
    const then = store.version;
    store.put(kind, configMap('b'));
    await time.advance(301_000);
    expect(store.entriesAt(kind, undefined, then)).toBeUndefined();

    const later = store.version;
    for (let index = 0; index < 6000; index += 1) {
      store.put(kind, { ...configMap('a'), data: { index: `${index}` } });
    }
    expect(store.changesAfter(kind, later)).toBeUndefined();
    expect(store.changesAfter(kind, store.version - 100)).toHaveLength(100);
    store.compact();
    expect(store.changesAfter(kind, store.version - 100)).toBeUndefined();
    expect(store.changesAfter(kind, store.version)).toEqual([]);
  });

  it('gives an object a new uid when it is made again, and its own generation', () => {
    const { store, kind } = fresh();
    const first = store.put(kind, configMap('a'));
    store.delete(kind, 'maple-toys', 'a');
    expect(store.put(kind, configMap('a')).metadata.uid).not.toBe(first.metadata.uid);
  });

  it('serialises an object once, metadata included', () => {
    const { store, kind } = fresh();
    store.put(kind, configMap('ä', 'maple-toys', { umlaut: 'ü' }));
    const entry = store.entry(kind, 'maple-toys', 'ä');
    expect(entry?.body).toBe(entry?.body);
    expect(JSON.parse(`{${entry?.body.toString()}`)).toEqual({ metadata: entry?.object.metadata, data: { key: 'ä' } });
    expect(JSON.parse(entry?.meta.toString() ?? '')).toEqual(entry?.object.metadata);
  });
});
