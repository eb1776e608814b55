import * as v from 'valibot';

/**
 * What a backup is, written last: without its manifest there is no backup (facts: data-tier.md §2.1). Canonical JSON, with a
 * signature beside it. Layout in a store:
 *
 *   backups/<tenant>/<backup>/manifest.json, manifest.json.sig
 *   backups/<tenant>/<backup>/database.<nnnn>.zst.age           pg_dump -Fc (or tar of -Fd), zstd, age; cut into parts
 *   backups/<tenant>/<backup>/filestore.index.zst.age           a line a file: sha1-named path, size, pack
 *   backups/<tenant>/<backup>/configuration.json.zst.age        Kubernetes objects, estate entry, image digests
 *   filestore/<tenant>/<sha256>.tar.zst.age                     packs of files, shared by backups
 *   proofs/<tenant>/<backup>/<kind>-<ulid>.json                 what was proven of it since
 */

const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const utc = v.pipe(v.string(), v.isoTimestamp());

/** One object in the store; `sha256` is of its bytes as they lie there. */
const part = v.strictObject({ key: v.string(), size: count, sha256: hex });

/** Counted in the dump's own snapshot (`pg_export_snapshot`), so that a restore can be held against it. */
const table = v.strictObject({ name: v.string(), rows: count, maxId: v.nullable(count), newest: v.nullable(utc) });

export const manifestSchema = v.strictObject({
  apiVersion: v.literal('till/v1'),
  kind: v.literal('BackupManifest'),
  /** ULID; the operation's id. */
  backup: v.string(),
  tenant: v.string(),
  estate: v.string(),
  /** The consistent point: when the dump's snapshot was taken. */
  snapshotAt: utc,
  startedAt: utc,
  endedAt: utc,
  till: v.string(),
  database: v.strictObject({
    name: v.string(),
    server: v.string(),
    /** `15.18`: no older server can take it. */
    serverVersion: v.string(),
    dumpVersion: v.string(),
    format: v.picklist(['custom', 'directory']),
    /** Bytes by `pg_database_size` at the snapshot. */
    size: count,
    encoding: v.string(),
    collation: v.string(),
    /** Hex SHA-256 of what pg_dump wrote, before compression: a restore must have read the same. */
    sha256: hex,
    /** Bytes that pg_dump wrote. */
    dumped: count,
    parts: v.array(part),
    tables: count,
    indexes: count,
    constraints: count,
    counted: v.array(table),
  }),
  /** Null where the tenant has no filestore that till can read. */
  filestore: v.nullable(
    v.strictObject({
      files: count,
      size: count,
      index: part,
      packs: v.array(part),
      /** Packs that this backup wrote; the others were there. */
      added: count,
      /** Referenced by `ir_attachment` in the snapshot and not on disk: named, not hidden. */
      missing: v.array(v.string()),
    }),
  ),
  configuration: v.nullable(part),
  odoo: v.strictObject({
    series: v.nullable(v.string()),
    /** Installed modules and their versions. */
    modules: v.record(v.string(), v.string()),
    images: v.record(v.string(), v.string()),
  }),
  encryption: v.strictObject({ format: v.literal('age'), recipients: v.array(v.string()) }),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;
export type Part = v.InferOutput<typeof part>;

/** How well a backup is proven: the highest of what was done with it since. */
export const levels = ['recorded', 'read back', 'restored', 'served'] as const;
export type ProofLevel = (typeof levels)[number];

/** What was proven of a backup; written beside it, one object a proof. */
export const proofSchema = v.strictObject({
  apiVersion: v.literal('till/v1'),
  kind: v.literal('BackupProof'),
  backup: v.string(),
  tenant: v.string(),
  operation: v.string(),
  level: v.picklist(levels),
  status: v.picklist(['ok', 'failed']),
  at: utc,
  /** Seconds by step: fetch, restore, neutralise, verify, serve. */
  seconds: v.record(v.string(), count),
  checks: v.array(
    v.strictObject({ check: v.string(), status: v.picklist(['ok', 'failed', 'not-done']), message: v.string() }),
  ),
  /** Measured recovery time and recovery point in seconds; null where nothing was restored. */
  rto: v.nullable(count),
  rpo: v.nullable(count),
  /** SHA-256 of the manifest that it speaks of. */
  manifest: hex,
});
export type BackupProof = v.InferOutput<typeof proofSchema>;
