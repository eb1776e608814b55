import type { Estate } from './estate.ts';
import type { Filestore, SecretReference, Store } from './schema.ts';

type Backups = NonNullable<Estate['backups']>;
type Other = NonNullable<Estate['otherBackups']>[number];
type S3 = Extract<Store, { s3: unknown }>['s3'];

/** What of an estate says where backups lie and how they are sealed, with every path in it absolute. */
export function backupPaths<
  Section extends Pick<Estate, 'stores' | 'backups' | 'otherBackups' | 'tenants' | 'discover'>,
>(estate: Section, absolute: (path: string) => string): Section {
  const reference = (secret: SecretReference): SecretReference =>
    'file' in secret ? { file: absolute(secret.file) } : secret;
  const bucket = (s3: S3): S3 => ({
    ...s3,
    ...(s3.ca === undefined ? {} : { ca: absolute(s3.ca) }),
    accessKey: reference(s3.accessKey),
    secretKey: reference(s3.secretKey),
  });
  const store = (value: Store): Store =>
    'folder' in value ? { folder: { path: absolute(value.folder.path) } } : { s3: bucket(value.s3) };
  const filestore = (value: Filestore): Filestore => {
    if ('path' in value) {
      return { path: absolute(value.path) };
    }
    return 's3' in value ? { s3: bucket(value.s3) } : value;
  };
  const withFilestore = <Fields extends { filestore?: Filestore | undefined }>(fields: Fields): Fields =>
    fields.filestore === undefined ? fields : { ...fields, filestore: filestore(fields.filestore) };
  const backups = (value: Backups): Backups => ({
    ...value,
    programs: value.programs.map(absolute),
    ...(value.identity === undefined ? {} : { identity: reference(value.identity) }),
    ...(value.signing === undefined ? {} : { signing: reference(value.signing) }),
    ...(value.recovery === undefined
      ? {}
      : {
          recovery: {
            ...value.recovery,
            ...(value.recovery.password === undefined ? {} : { password: reference(value.recovery.password) }),
            filestore: absolute(value.recovery.filestore),
          },
        }),
  });
  const other = (value: Other): Other => {
    if ('odoo' in value) {
      return { odoo: { folder: absolute(value.odoo.folder) } };
    }
    const { info } = value.pgbackrest;
    return 'file' in info ? { pgbackrest: { ...value.pgbackrest, info: { file: absolute(info.file) } } } : value;
  };
  return {
    ...estate,
    stores: Object.fromEntries(Object.entries(estate.stores).map(([name, value]) => [name, store(value)])),
    ...(estate.backups === undefined ? {} : { backups: backups(estate.backups) }),
    ...(estate.otherBackups === undefined ? {} : { otherBackups: estate.otherBackups.map(other) }),
    tenants: estate.tenants.map(withFilestore),
    discover: estate.discover.map((entry) => ({ ...entry, defaults: withFilestore(entry.defaults) })),
  };
}
