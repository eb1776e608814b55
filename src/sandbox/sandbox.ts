import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backupGrants, restoreGrants } from '#estate/backup-grants.ts';
import { grantsFor } from '#estate/grants.ts';
import { systemClock } from '#text/clock.ts';
import { openBackups } from './backups/open.ts';
import { startTradingDay } from './day/trading-day.ts';
import { Visitors } from './day/visitors.ts';
import { estateYaml } from './estate-file.ts';
import { executor } from './executor.ts';
import { makePrivateFolder, writePrivately } from './folder.ts';
import { startFront } from './front/front.ts';
import { ingressOf } from './front/ingress.ts';
import { odooPods } from './front/serving.ts';
import type { SandboxKubernetes } from './kubernetes/types.ts';
import { drillObjects } from './objects/drills.ts';
import { estateObjects } from './objects/estate-objects.ts';
import { startBackfill } from './odoo/backfill.ts';
import { createDatabases } from './odoo/databases.ts';
import { seededRandom } from './random.ts';
import { createRoles, monitor, redisMonitorRules } from './roles.ts';
import { Rehearsal } from './scenarios/rehearsal.ts';
import { startPostgres } from './servers/postgres.ts';
import { startRedis } from './servers/redis.ts';
import type { Login } from './sql.ts';
import { type SandboxTenant, sandboxTenants } from './tenants.ts';

/** Columns by table. */
export type Tables = Readonly<Record<string, readonly string[]>>;

export interface SandboxOptions {
  /** Where its files go; made when it is not there. */
  readonly folder: string;
  readonly tenants: number;
  readonly seed: number;
  /** The columns that signals ask for: the monitor is granted what `till estate grants` prints, and no more. */
  readonly tables: Tables;
  /** A line for whoever waits: what stands. */
  readonly progress?: (line: string) => void;
  /** The file that starts till, for the pods of its executor. */
  readonly entry?: string;
  /** Aborted: what stands is taken down, and the start fails. */
  readonly signal?: AbortSignal;
}

export interface Sandbox {
  readonly estatePath: string;
  readonly kubeconfigPath: string;
  readonly tenants: readonly SandboxTenant[];
  /** The role that owns the databases. */
  readonly odoo: Login;
  readonly superuser: Login;
  readonly redis: { readonly host: string; readonly port: number; readonly password: string };
  readonly frontPort: number;
  readonly kubernetes: SandboxKubernetes;
  readonly rehearsal: Rehearsal;
  /** Settles when the whole six weeks are written. */
  readonly pastIsWritten: Promise<void>;
  /** Settles when a server has ended that nobody stopped. */
  readonly broken: Promise<string>;
  /** Ends every scenario and puts back what the cluster held at first. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const visitorsEvery = 10_000;

/** Starts a living estate. What was started is stopped again when something fails on the way. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) {
      await Promise.resolve(closer()).catch(() => undefined);
    }
  };
  try {
    return await start(options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  {
    folder,
    tenants: count,
    seed,
    tables,
    signal,
    progress: tell = () => undefined,
    entry = process.argv[1] ?? '',
  }: SandboxOptions,
  closers: (() => unknown)[],
  close: () => Promise<void>,
): Promise<Sandbox> {
  // Whoever hears of a step may also stop before the next.
  const progress = (line: string) => {
    tell(line);
    signal?.throwIfAborted();
  };
  await makePrivateFolder(folder);
  const tenants = sandboxTenants(count);
  const backups = await openBackups(folder, progress);
  closers.push(() => backups.close());
  const [postgres, redisServer] = await Promise.all([
    kept(startPostgres({ progress }), closers),
    kept(startRedis({ progress, settings: ['maxmemory 64mb', 'maxmemory-policy volatile-lru'] }), closers),
  ]);
  backups.gather(postgres.version);
  progress(`PostgreSQL ${postgres.version} started`);
  progress(`Redis ${redisServer.version} started`);

  const superuser: Login = {
    host: postgres.host,
    port: postgres.port,
    user: postgres.user,
    password: postgres.password,
  };
  const grants = grantsFor({ role: monitor, tables, operator: true });
  const roles = await createRoles(superuser, grants);
  const { startKubernetes } = await import('./kubernetes/open.ts');
  const recovery = { ...roles.restore, host: postgres.host, port: postgres.port };
  const seeded = [...estateObjects(tenants, Date.now()), ...drillObjects(recovery)];
  const kubernetes = await startKubernetes({
    ...{ folder, seed: seeded, clock: systemClock, serving: odooPods() },
    processes: {
      ...{ namespace: executor.namespace, image: executor.image },
      entrypoint: [process.execPath, entry],
      folder: join(folder, 'pods'),
      env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production' },
    },
  });
  closers.push(async () => {
    await kubernetes.close();
    const { kubeconfigPath, caPath, auditLogPath } = kubernetes;
    await removeFiles([kubeconfigPath, caPath, auditLogPath, `${auditLogPath}.1`]);
  });
  progress(`Kubernetes API at ${kubernetes.url}`);

  const since = await createDatabases({
    superuser,
    odoo: roles.odoo,
    tenants,
    seed,
    grants: [
      ...grants.database,
      ...backupGrants({ role: roles.backup.user }).database,
      ...restoreGrants({ role: roles.restore.user }).database,
    ],
    filestore: backups.folders.filestore,
    progress: (done) => {
      signal?.throwIfAborted();
      if (isWorthSaying(done, count)) {
        progress(`${done} of ${count} databases`);
      }
    },
  });

  const { Redis } = await import('ioredis');
  const redis = new Redis({ host: redisServer.host, port: redisServer.port, password: redisServer.password });
  redis.on('error', () => undefined);
  closers.push(() => redis.disconnect());
  const redisPassword = randomBytes(18).toString('base64url');
  await redis.call('ACL', ...redisMonitorRules(redisPassword));

  const front = await startFront({ tenants, odoo: roles.odoo, ingress: ingressOf(kubernetes) });
  closers.push(() => front.close());
  progress(`HTTP front at http://127.0.0.1:${front.port}`);

  const day = await startTradingDay({ tenants, odoo: roles.odoo, seed, since, filestore: backups.folders.filestore });
  closers.push(() => day.close());
  const lively = tenants.filter((tenant) => tenant.isLively);
  await receiveVisitors(new Visitors(redis, lively, seededRandom(seed)), closers);
  const backfill = startBackfill(roles.odoo, lively, since);
  closers.push(() => backfill.stop());
  const rehearsal = new Rehearsal({ tenants, kubernetes, odoo: roles.odoo, superuser, redis, day });
  closers.push(() => rehearsal.endAll());
  progress('the shops are open');

  const files = {
    estate: join(folder, 'estate.yaml'),
    postgres: join(folder, 'postgres.password'),
    redis: join(folder, 'redis.password'),
  };
  closers.push(() => removeFiles(Object.values(files)));
  await writePrivately(files.postgres, `${roles.monitor.password}\n`);
  await writePrivately(files.redis, `${redisPassword}\n`);
  await writePrivately(
    files.estate,
    estateYaml(
      {
        kubeconfig: kubernetes.kubeconfigPath,
        postgres: { port: postgres.port, user: roles.monitor.user, passwordFile: files.postgres },
        redis: { port: redisServer.port, user: monitor, passwordFile: files.redis },
        front: { port: front.port },
        backups: await backups.endpoints(roles),
      },
      tenants,
    ),
  );
  return {
    estatePath: files.estate,
    kubeconfigPath: kubernetes.kubeconfigPath,
    tenants,
    odoo: roles.odoo,
    superuser,
    redis: { host: redisServer.host, port: redisServer.port, password: redisServer.password },
    frontPort: front.port,
    kubernetes,
    rehearsal,
    pastIsWritten: backfill.done,
    broken: Promise.race([
      postgres.ended.then(() => 'PostgreSQL has ended'),
      redisServer.ended.then(() => 'Redis has ended'),
    ]),
    reset: async () => {
      await rehearsal.endAll();
      for (const { status: _, ...asked } of seeded) {
        // What a controller or a kubelet has said since then stays.
        kubernetes.apply(asked);
      }
    },
    close,
  };
}

/** Stopped at the end, even when it stands only after its neighbour has failed. */
function kept<Server extends { stop(): Promise<void> }>(
  starting: Promise<Server>,
  closers: (() => unknown)[],
): Promise<Server> {
  closers.push(() =>
    starting.then(
      (server) => server.stop(),
      () => undefined,
    ),
  );
  return starting;
}

async function removeFiles(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(path, { force: true })));
}

async function receiveVisitors(visitors: Visitors, closers: (() => unknown)[]): Promise<void> {
  await visitors.arrive();
  const timer = setInterval(() => void visitors.turn(), visitorsEvery);
  closers.push(() => clearInterval(timer));
}

function isWorthSaying(done: number, count: number): boolean {
  return done === count || (count <= 24 ? done % 4 === 0 : done % 50 === 0);
}
