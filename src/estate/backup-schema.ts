import * as v from 'valibot';
import { count, duration, name, secretReference } from './values.ts';

/** Where backups go, how they are sealed, what is kept, and where a recovery is rehearsed. */

const units: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** `50MiB` → bytes. */
const size = v.pipe(
  v.string(),
  v.regex(/^\d{1,6}(KiB|MiB|GiB)$/, 'a size, such as `50MiB`'),
  v.transform((text) => Number(text.slice(0, -3)) * (units[text.slice(-3)] ?? 1)),
);

const s3 = v.strictObject({
  endpoint: v.pipe(v.string(), v.url('a URL, such as `https://s3.eu-west-1.amazonaws.com`')),
  bucket: v.string(),
  prefix: v.optional(v.string(), ''),
  region: v.optional(v.string(), 'us-east-1'),
  accessKey: secretReference,
  secretKey: secretReference,
  ca: v.optional(v.string()),
  checksums: v.pipe(
    v.optional(v.picklist(['sha256', 'md5']), 'sha256'),
    v.description('`md5` for a store that does not know `x-amz-checksum-sha256`'),
  ),
  lock: v.pipe(v.optional(duration), v.description('Object lock in compliance mode for this long')),
});

const folder = v.strictObject({ path: v.string() });

export const storeSchema = v.union([v.strictObject({ s3 }), v.strictObject({ folder })]);

/** Where a tenant's filestore can be read. */
export const filestore = v.union([
  v.strictObject({ path: v.pipe(v.string(), v.description('The folder that holds `xx/sha1` files of this database')) }),
  v.strictObject({ s3 }),
  v.strictObject({
    volume: v.strictObject({
      cluster: name,
      namespace: v.string(),
      claim: v.string(),
      path: v.optional(v.string(), ''),
    }),
  }),
]);

const retain = v.strictObject({
  last: v.optional(count, 0),
  daily: v.optional(count, 0),
  weekly: v.optional(count, 0),
  monthly: v.optional(count, 0),
  yearly: v.optional(count, 0),
});

export const tierBackup = v.strictObject({
  every: duration,
  keep: v.pipe(v.optional(duration), v.description('Everything younger than this is kept')),
  retain: v.optional(retain),
  drill: v.pipe(v.optional(duration), v.description('How old the last proven restore may be')),
});

export const backupsSchema = v.strictObject({
  store: name,
  recipients: v.pipe(
    v.array(v.pipe(v.string(), v.regex(/^age1[02-9ac-hj-np-z]{20,}$/, 'an age recipient, such as `age1…`'))),
    v.minLength(1, 'at least one recipient: a backup that nobody can read is none'),
  ),
  identity: v.pipe(v.optional(secretReference), v.description('The age identity that reads them; only where it lives')),
  signing: v.pipe(v.optional(secretReference), v.description('An Ed25519 key in PEM that signs manifests')),
  signers: v.pipe(
    v.optional(
      v.array(
        v.pipe(v.string(), v.regex(/^MCowBQYDK2VwAyEA[A-Za-z0-9+/]{43}=$/, 'the middle line of an Ed25519 public key')),
      ),
      [],
    ),
    v.description('Public keys whose manifests are believed, where the signing key is not'),
  ),
  budget: v.pipe(v.optional(size), v.description('Bytes a second that a backup may take while a tenant trades')),
  concurrency: v.pipe(v.optional(count, 1), v.description('Backups at a time on one database server')),
  executor: v.optional(
    v.strictObject({
      cluster: name,
      namespace: v.string(),
      serviceAccount: v.optional(v.string(), 'till-executor'),
      image: v.string(),
      scratch: v.pipe(
        v.optional(v.pipe(v.string(), v.regex(/^\d{1,6}(Mi|Gi|Ti)$/, 'a size of Kubernetes, such as `20Gi`')), '20Gi'),
        v.description('Room that a Job has for what it downloads and unpacks'),
      ),
    }),
  ),
  recovery: v.optional(
    v.strictObject({
      postgres: v.pipe(name, v.description('A server of `postgres:` where databases may be made')),
      user: v.pipe(v.string(), v.description('May make databases there, and is not the role that Odoo logs in with')),
      password: v.optional(secretReference),
      filestore: v.pipe(v.string(), v.description('The folder in which each restored database gets one of its name')),
      serve: v.pipe(
        v.optional(
          v.strictObject({
            cluster: name,
            namespace: v.pipe(v.string(), v.description('Where a Pod may serve what a drill has restored')),
            image: v.pipe(v.optional(v.string()), v.description('Left out: the one that the backup names')),
            secret: v.pipe(
              v.string(),
              v.description('A Secret there with `host`, `port`, `user` and `password` of the recovery server'),
            ),
          }),
        ),
        v.description('A drill serves `/web/login` there; left out, it does not'),
      ),
    }),
  ),
  programs: v.pipe(
    v.optional(v.array(v.string()), []),
    v.description('Folders in which pg_dump, age, zstd and tar are looked for first'),
  ),
});

/** Backups that others make: read, and shown beside ours. CloudNativePG and Velero are found in the clusters. */
export const otherBackups = v.union([
  v.strictObject({
    pgbackrest: v.strictObject({
      /** Whose databases its stanza holds. */
      postgres: name,
      stanza: v.optional(v.string()),
      info: v.pipe(
        v.union([
          v.strictObject({ file: v.string() }),
          v.strictObject({ command: v.pipe(v.array(v.string()), v.minLength(1, 'a program and its arguments')) }),
        ]),
        v.description('Where `pgbackrest info --output=json` can be read, or a program that prints it'),
      ),
    }),
  }),
  v.strictObject({
    odoo: v.strictObject({
      folder: v.pipe(v.string(), v.description('Folders of click-odoo-backupdb and zips of Odoo')),
    }),
  }),
]);
