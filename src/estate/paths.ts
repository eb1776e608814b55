import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { backupPaths } from './backup-paths.ts';
import type { Estate } from './estate.ts';
import type { Cluster, Front, PostgresServer, RedisServer, SecretReference } from './schema.ts';

type LedgerSettings = NonNullable<Estate['ledger']>;
type AnchorEntry = LedgerSettings['anchors'][string];

/** The estate with every path in it absolute: `~` is the user's home, a relative path begins at the estate file. */
export function withPathsFrom(estate: Estate, file: string): Estate {
  const folder = dirname(resolve(file));
  const absolute = (path: string) => absolutePath(path, folder);
  const reference = (secret: SecretReference): SecretReference =>
    'file' in secret ? { file: absolute(secret.file) } : secret;
  const server = <T extends PostgresServer | RedisServer | Front>(value: T): T => ({
    ...value,
    ...(value.ca === undefined ? {} : { ca: absolute(value.ca) }),
    ...('password' in value && value.password !== undefined ? { password: reference(value.password) } : {}),
  });
  const login = <T extends { password?: SecretReference | undefined }>(value: T): T =>
    value.password === undefined ? value : { ...value, password: reference(value.password) };
  const postgres = (value: PostgresServer): PostgresServer => {
    const { minter, backup, restore, patroni, ...rest } = server(value);
    return {
      ...rest,
      ...(minter === undefined ? {} : { minter: login(minter) }),
      ...(backup === undefined ? {} : { backup: login(backup) }),
      ...(restore === undefined ? {} : { restore: login(restore) }),
      ...(patroni === undefined
        ? {}
        : { patroni: { ...login(patroni), ...(patroni.ca === undefined ? {} : { ca: absolute(patroni.ca) }) } }),
    };
  };
  const redis = (value: RedisServer): RedisServer => {
    const { minter, sentinel, ...rest } = server(value);
    return {
      ...rest,
      ...(minter === undefined ? {} : { minter: login(minter) }),
      ...(sentinel === undefined ? {} : { sentinel: login(sentinel) }),
    };
  };
  const cluster = (value: Cluster): Cluster =>
    value.kubeconfig === undefined ? value : { ...value, kubeconfig: absolute(value.kubeconfig) };
  return {
    ...backupPaths(estate, absolute),
    clusters: mapped(estate.clusters, cluster),
    postgres: mapped(estate.postgres, postgres),
    redis: mapped(estate.redis, redis),
    fronts: mapped(estate.fronts, server),
    ...(estate.ledger === undefined ? {} : { ledger: ledgerFrom(estate.ledger, absolute, reference) }),
  };
}

function ledgerFrom(
  ledger: LedgerSettings,
  absolute: (path: string) => string,
  reference: (secret: SecretReference) => SecretReference,
): LedgerSettings {
  const { postgres } = ledger;
  const ca = (path: string | undefined) => (path === undefined ? {} : { ca: absolute(path) });
  const anchor = (entry: AnchorEntry): AnchorEntry => {
    if ('s3' in entry) {
      const { s3 } = entry;
      const secrets = { accessKey: reference(s3.accessKey), secretKey: reference(s3.secretKey) };
      return { s3: { ...s3, ...secrets, ...ca(s3.ca) } };
    }
    if ('git' in entry) {
      const { repository } = entry.git;
      // `host:path` and `scheme://` are git's; what begins with ~, . or / is a folder here.
      return /^[~./]/.test(repository) ? { git: { ...entry.git, repository: absolute(repository) } } : entry;
    }
    return 'syslog' in entry
      ? { syslog: { ...entry.syslog, ...ca(entry.syslog.ca) } }
      : { mount: { path: absolute(entry.mount.path) } };
  };
  const password = postgres?.password;
  const { key, ...rhythm } = ledger.checkpoints;
  return {
    ...ledger,
    anchors: mapped(ledger.anchors, anchor),
    checkpoints: { ...rhythm, ...(key === undefined ? {} : { key: reference(key) }) },
    ...(postgres === undefined
      ? {}
      : {
          postgres: {
            ...postgres,
            ...ca(postgres.ca),
            ...(password === undefined ? {} : { password: reference(password) }),
          },
        }),
  };
}

function absolutePath(path: string, folder: string): string {
  if (path === '~' || path.startsWith('~/')) {
    return join(homedir(), path.slice(1));
  }
  return isAbsolute(path) ? path : join(folder, path);
}

function mapped<T>(values: Readonly<Record<string, T>>, map: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
