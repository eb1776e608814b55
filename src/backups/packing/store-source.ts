import { ReadFailure } from '#systems/source.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { pathNamed } from './names.ts';
import type { FileSource } from './source.ts';

/** A filestore in object storage. What is listed says how long it is; keys are kept, for modules lay them out as they like. */
export function storeSource(store: Pick<ObjectStore, 'list' | 'read' | 'close'>, name: string): FileSource {
  const held = new Map<string, { readonly key: string; readonly size: number }>();
  return {
    name,
    close: () => store.close(),
    async *list(signal) {
      for await (const { key, size } of store.list('', signal)) {
        const path = pathNamed(key);
        if (path !== null) {
          held.set(path, { key, size });
        }
      }
      yield* [...held.keys()].sort();
    },
    sizeOf: async (path) => held.get(path)?.size ?? null,
    async read(path, signal) {
      const key = held.get(path)?.key;
      try {
        return key === undefined ? null : ((await store.read(key, undefined, signal)) as AsyncIterable<Buffer>);
      } catch (error) {
        if (error instanceof ReadFailure && ['NoSuchKey', 'HTTP 404', 'ENOENT'].includes(error.code ?? '')) {
          return null;
        }
        throw error;
      }
    },
  };
}
