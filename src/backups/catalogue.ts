import { createHash } from 'node:crypto';
import type { ObjectReader, StoredObject } from '#systems/storage/store.ts';
import { each } from './each.ts';
import { ownerOf, packFolder, packName } from './layout.ts';
import { type BackupProof, levels, type Manifest, type ProofLevel } from './manifest.ts';
import { DamagedBackup, parsedManifest, parsedProof, partsOf, readSmall } from './manifest-file.ts';
import { type SignatureState, signatureState } from './signature.ts';

/** One backup as the store has it now. */
export interface CatalogueEntry {
  readonly tenant: string;
  /** ULID. */
  readonly backup: string;
  readonly manifest: Manifest;
  /** SHA-256 of the manifest's bytes. */
  readonly sha256: string;
  readonly signature: SignatureState;
  /** Bytes of everything that it needs, packs that it shares included. */
  readonly size: number;
  /** Parts that are not there, or not as long as they were: it can't be restored. Empty for a whole one. */
  readonly missing: readonly string[];
  /** Newest first; only those that speak of this very manifest. */
  readonly proofs: readonly BackupProof[];
  /** The highest level that was proven. */
  readonly level: ProofLevel;
  /** The newest proof, when it failed. */
  readonly failed: BackupProof | null;
}

/** What lies there and is no backup. */
export interface Leftover {
  readonly kind: 'no manifest' | 'unreadable' | 'orphan pack' | 'unfinished upload' | 'stranger';
  readonly key: string;
  readonly tenant: string | null;
  readonly backup: string | null;
  readonly objects: number;
  readonly size: number;
  /** When the newest of it was written, RFC 3339. */
  readonly at: string;
  /** Why, where there is more to say than its kind. */
  readonly message: string | null;
}

export interface Catalogue {
  /** Newest first. */
  readonly backups: readonly CatalogueEntry[];
  readonly leftovers: readonly Leftover[];
}

/** What one run leaves for the next; losing it costs a read of every manifest (health/state-folder.ts has this shape). */
export interface Kept {
  read(name: string): Promise<unknown>;
  write(name: string, value: unknown): Promise<void>;
}

export interface CatalogueOptions {
  readonly store: ObjectReader & {
    leftovers?(prefix: string): Promise<readonly { readonly key: string; readonly begunAt: string }[]>;
  };
  readonly kept: Kept;
  /** Only of these; all when left out. */
  readonly tenants?: readonly string[];
  /** Public keys whose signatures are believed. */
  readonly trusted: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

const atATime = 16;
/** Below it one listing for each tenant is quicker than one of all. */
const fewTenants = 8;

/** Everything that a store holds of ours: listed whole, and read where it has changed since the last time. */
export async function readCatalogue(options: CatalogueOptions): Promise<Catalogue> {
  const { store, tenants, trusted, signal } = options;
  const [ours, proofs, packs, unfinished] = await Promise.all([
    listed(options, 'backups/'),
    listed(options, 'proofs/'),
    listed(options, 'filestore/'),
    store.leftovers?.('') ?? [],
  ]);
  const texts = await openTexts(options);
  const folders = Map.groupBy(ours, ({ key }) => key.slice(0, key.lastIndexOf('/') + 1));
  const leftovers: Leftover[] = [];
  const packsByKey = new Map(packs.map((pack) => [pack.key, pack]));
  const proofsOf = Map.groupBy(proofs, ({ key }) => key.slice('proofs/'.length, key.lastIndexOf('/') + 1));
  const entries = await each([...folders], atATime, async ([folder, objects]) => {
    signal?.throwIfAborted();
    const byName = new Map(objects.map((object) => [object.key.slice(folder.length), object]));
    const owner = ownerOf(objects[0]?.key ?? '');
    const marker = byName.get('manifest.json');
    const left = (kind: Leftover['kind'], message: string | null = null) =>
      leftovers.push(leftover(kind, folder, objects, message, owner));
    if (owner === null || marker === undefined) {
      left(owner === null ? 'stranger' : 'no manifest');
      return null;
    }
    try {
      const text = await texts.of(marker);
      const manifest = parsedManifest(marker.key, Buffer.from(text), owner);
      const signed = byName.get('manifest.json.sig');
      const signature = signatureState(
        Buffer.from(text),
        signed === undefined ? null : await texts.of(signed),
        trusted,
      );
      const sha256 = createHash('sha256').update(text).digest('hex');
      const found = await readProofs(proofsOf.get(folder.slice('backups/'.length)) ?? [], sha256, owner, texts);
      leftovers.push(...found.unreadable);
      const parts = partsOf(manifest);
      const has = (key: string) => byName.get(key.slice(folder.length)) ?? packsByKey.get(key);
      return {
        ...{ ...pick(owner), manifest, sha256, signature, ...standingOf(found.proofs) },
        size: parts.reduce((sum, { size }) => sum + size, marker.size),
        missing: parts.filter(({ key, size }) => has(key)?.size !== size).map(({ key }) => key),
      };
    } catch (error) {
      if (!(error instanceof DamagedBackup)) {
        throw error;
      }
      left('unreadable', error.message);
      return null;
    }
  });
  await texts.keep();
  const backups = entries.filter((entry) => entry !== null).sort(newestFirst);
  const isWanted = (key: string) => tenants === undefined || tenants.includes(key.split('/')[1] ?? '');
  // A manifest that can't be read may need any pack of its tenant: none of them is called an orphan then.
  const doubtful = new Set(leftovers.flatMap(({ kind, tenant }) => (kind === 'unreadable' ? [tenant] : [])));
  return {
    backups,
    leftovers: [
      ...leftovers,
      ...orphans(packs, backups, doubtful),
      ...unfinished
        .filter(({ key }) => isWanted(key))
        .map(({ key, begunAt }) => ({
          ...{ kind: 'unfinished upload' as const, key, tenant: key.split('/')[1] ?? null },
          ...{ backup: ownerOf(key)?.backup ?? null, objects: 1, size: 0, at: begunAt, message: null },
        })),
    ].sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

export function newestFirst(a: CatalogueEntry, b: CatalogueEntry): number {
  const time = Date.parse(b.manifest.snapshotAt) - Date.parse(a.manifest.snapshotAt);
  return time === 0 ? (a.backup < b.backup ? 1 : -1) : time;
}

/** Whether somebody who needs it now should be pointed to it: whole, not found broken, and not signed by a stranger. */
export function isUsable({ missing, failed, signature }: CatalogueEntry): boolean {
  return missing.length === 0 && failed === null && signature !== 'wrong';
}

async function listed({ store, tenants, signal }: CatalogueOptions, root: string): Promise<readonly StoredObject[]> {
  const prefixes =
    tenants === undefined || tenants.length > fewTenants ? [root] : tenants.map((tenant) => `${root}${tenant}/`);
  const all = await Promise.all(
    prefixes.map(async (prefix) => {
      const found: StoredObject[] = [];
      for await (const object of store.list(prefix, signal)) {
        if (tenants === undefined || tenants.includes(object.key.slice(root.length).split('/')[0] ?? '')) {
          found.push(object);
        }
      }
      return found;
    }),
  );
  return all.flat();
}

interface Texts {
  of(object: StoredObject): Promise<string>;
  keep(): Promise<void>;
}

interface KeptText {
  readonly stamp: string;
  readonly text: string;
}

/** Manifests and proofs never change; a text is read again only when size, time or the store's own word for it differ. */
async function openTexts({ store, kept, tenants }: CatalogueOptions): Promise<Texts> {
  const name = `backups-${store.name.replaceAll(/[^0-9a-zA-Z-]/g, '_')}.json`;
  const before = keptTexts(await kept.read(name));
  const now = new Map<string, KeptText>(before);
  const used = new Set<string>();
  let hasChanged = false;
  return {
    async of(object) {
      used.add(object.key);
      const stamp = `${object.size} ${object.modifiedAt} ${object.etag ?? ''}`;
      const known = now.get(object.key);
      if (known?.stamp === stamp) {
        return known.text;
      }
      const text = (await readSmall(store, object.key)).toString('utf8');
      now.set(object.key, { stamp, text });
      hasChanged = true;
      return text;
    },
    async keep() {
      // Those of tenants that were not asked for are still there; of the others, what was not listed is gone.
      const left = [...now].filter(([key]) => tenants !== undefined || used.has(key));
      if (hasChanged || left.length < now.size) {
        await kept.write(name, { version: 1, texts: Object.fromEntries(left) });
      }
    },
  };
}

function keptTexts(value: unknown): readonly (readonly [string, KeptText])[] {
  const { version, texts } = (value ?? {}) as { version?: unknown; texts?: unknown };
  return version === 1 && typeof texts === 'object' && texts !== null
    ? Object.entries(texts as Record<string, KeptText>).filter(
        ([, one]) => typeof one?.stamp === 'string' && typeof one.text === 'string',
      )
    : [];
}

async function readProofs(
  objects: readonly StoredObject[],
  manifest: string,
  owner: { readonly tenant: string; readonly backup: string },
  texts: Texts,
): Promise<{ readonly proofs: readonly BackupProof[]; readonly unreadable: readonly Leftover[] }> {
  const unreadable: Leftover[] = [];
  const read = await each(objects, atATime, async (object) => {
    try {
      return parsedProof(object.key, Buffer.from(await texts.of(object)), owner);
    } catch (error) {
      if (!(error instanceof DamagedBackup)) {
        throw error;
      }
      unreadable.push(leftover('stranger', object.key, [object], error.message, owner));
      return null;
    }
  });
  const proofs = read.filter((proof) => proof !== null && proof.manifest === manifest);
  return {
    proofs: proofs.filter((proof) => proof !== null).sort((a, b) => Date.parse(b.at) - Date.parse(a.at)),
    unreadable,
  };
}

function standingOf(proofs: readonly BackupProof[]): Pick<CatalogueEntry, 'proofs' | 'level' | 'failed'> {
  const proven = proofs.filter(({ status }) => status === 'ok').map(({ level }) => levels.indexOf(level));
  const [newest] = proofs;
  return {
    proofs,
    level: levels[Math.max(0, ...proven)] ?? 'recorded',
    failed: newest?.status === 'failed' ? newest : null,
  };
}

function orphans(
  packs: readonly StoredObject[],
  backups: readonly CatalogueEntry[],
  doubtful: ReadonlySet<string | null>,
): readonly Leftover[] {
  const needed = new Set(backups.flatMap(({ manifest }) => manifest.filestore?.packs.map(({ key }) => key) ?? []));
  return packs
    .filter(({ key }) => !needed.has(key) && !doubtful.has(key.split('/')[1] ?? null))
    .map((pack) => {
      const tenant = pack.key.split('/')[1] ?? '';
      const isPack = packName(pack.key) !== null && pack.key.startsWith(packFolder(tenant));
      return leftover(isPack ? 'orphan pack' : 'stranger', pack.key, [pack], null, { tenant, backup: null });
    });
}

function leftover(
  kind: Leftover['kind'],
  key: string,
  objects: readonly StoredObject[],
  message: string | null,
  owner: { readonly tenant: string; readonly backup: string | null } | null,
): Leftover {
  return {
    ...{ kind, key, tenant: owner?.tenant ?? null, backup: owner?.backup ?? null, objects: objects.length },
    size: objects.reduce((sum, { size }) => sum + size, 0),
    at: objects.map(({ modifiedAt }) => modifiedAt).reduce((a, b) => (a > b ? a : b), ''),
    message,
  };
}

const pick = ({ tenant, backup }: { readonly tenant: string; readonly backup: string }) => ({ tenant, backup });
