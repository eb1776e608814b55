import type { Estate, Tenant } from '#estate/estate.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import type { PostgresReader } from '#systems/postgres/server.ts';
import { ReadFailure } from '#systems/source.ts';
import { noOthers, type Others, together, type Window } from './others/other.ts';
import { type WalArchive, walArchive } from './wal.ts';

export interface OthersWorld {
  readonly estate: Estate;
  cluster(name: string): Promise<ClusterReader>;
  postgres(name: string): Promise<PostgresReader>;
}

export interface ReadOthers extends Others {
  readonly wal: readonly WalArchive[];
}

/** Everything that others say of these tenants' backups, each asked at once; what does not answer is named, and hides nothing else. */
export async function readOthers(world: OthersWorld, tenants: readonly Tenant[]): Promise<ReadOthers> {
  const { estate } = world;
  const clusters = [...new Set(tenants.flatMap(({ cluster }) => cluster ?? []))].filter(
    (name) => name in estate.clusters,
  );
  const servers = [...new Set(tenants.flatMap(({ postgres }) => postgres ?? []))].filter(
    (name) => name in estate.postgres,
  );
  const failures: { source: string; message: string }[] = [];
  const wal: WalArchive[] = [];
  const read = await Promise.all([
    ...clusters.map((name) =>
      heard(`cloudnative-pg in ${name}`, async () => {
        const { cloudNativePg } = await import('./others/cloudnative-pg.ts');
        return cloudNativePg(await world.cluster(name), tenants, estate);
      }),
    ),
    ...clusters.map((name) =>
      heard(`velero in ${name}`, async () => {
        const { velero } = await import('./others/velero.ts');
        return velero(await world.cluster(name), tenants);
      }),
    ),
    ...(estate.otherBackups ?? []).map((other) =>
      'odoo' in other
        ? heard(`the folder ${other.odoo.folder}`, async () => {
            const { odooBackups } = await import('./others/odoo.ts');
            return odooBackups(other.odoo.folder, tenants);
          })
        : heard(`pgbackrest of ${other.pgbackrest.postgres}`, async () => {
            const { pgBackRest } = await import('./others/pgbackrest.ts');
            return pgBackRest(other.pgbackrest, tenants);
          }),
    ),
    ...servers.map((name) =>
      heard(`WAL archiving of ${name}`, async () => {
        wal.push(await walArchive(await world.postgres(name)));
        return noOthers;
      }),
    ),
  ]);
  const all = together(read);
  return {
    ...all,
    windows: all.windows.map((window) => reaching(window, wal, tenants)),
    failures: [...all.failures, ...failures],
    wal: wal.sort((a, b) => (a.server < b.server ? -1 : 1)),
  };

  async function heard(source: string, read: () => Promise<Others>): Promise<Others> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ReadFailure)) {
        throw error;
      }
      failures.push({ source, message: error.message });
      return noOthers;
    }
  }
}

/** While WAL is archived, a window of base backups reaches as far as the last segment that went out. */
function reaching(window: Window, wal: readonly WalArchive[], tenants: readonly Tenant[]): Window {
  if (window.until === null || (window.source !== 'cloudnative-pg' && window.source !== 'pgbackrest')) {
    return window;
  }
  const server = tenants.find(({ name }) => window.tenants.includes(name))?.postgres;
  const archive = wal.find((one) => one.server === server && one.state === 'archiving');
  return archive?.archivedAt != null && archive.archivedAt > window.until
    ? { ...window, until: archive.archivedAt }
    : window;
}
