import type { SecretReference, Store } from '#estate/schema.ts';
import type { Clock } from '#text/clock.ts';
import { FolderStore } from './folder.ts';
import type { ObjectStore } from './store.ts';

export interface StoreOptions {
  readonly name: string;
  readonly config: Store;
  /** Asked when the store first wants a key, and again once it has refused one that was good before. */
  secret(reference: SecretReference): Promise<string>;
  readonly clock: Clock;
}

/** The store that the estate describes. Connects at the first ask; nothing happens before. */
export async function openStore({ name, config, secret, clock }: StoreOptions): Promise<ObjectStore> {
  if ('folder' in config) {
    return new FolderStore(name, config.folder.path);
  }
  const { S3Store } = await import('./s3.ts');
  return new S3Store({ name, config: config.s3, secret, clock });
}
