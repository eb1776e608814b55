import { mkdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { cloudNativePg } from '#backups/others/cloudnative-pg.ts';
import { odooBackups } from '#backups/others/odoo.ts';
import { parsedInfo, pgBackRest } from '#backups/others/pgbackrest.ts';
import { velero } from '#backups/others/velero.ts';
import { distance } from '#backups/wal.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { ReadFailure } from '#systems/source.ts';
import { aTenant } from '../../actions/acting.ts';
import { aFolder } from '../../systems/storage/world.ts';

const on = { cluster: 'eu', postgres: 'pg-1' };
const tenants = [
  aTenant('maple-toys', { ...on, namespace: 'maple', database: 'maple_toys' }),
  aTenant('maple', { ...on, namespace: 'other', database: 'maple' }),
];

/** A cluster that has these lists, a page at a time, and answers 403 or 404 for everything else. */
function aCluster(lists: Readonly<Record<string, readonly object[]>>, missing: '403' | '404' = '404'): ClusterReader {
  return {
    name: 'eu',
    get: async (path: string) => {
      const [, resource = '', page = ''] = /^\/apis\/(.*?)\?limit=\d+(?:&continue=(\d+))?$/.exec(path) ?? [];
      const items = lists[resource];
      if (items === undefined) {
        throw new ReadFailure(
          missing === '403' && resource !== '' ? 'forbidden' : 'not-probed',
          path,
          resource === '' ? '404' : missing,
        );
      }
      const at = Number(page || 0);
      return { metadata: at + 1 < items.length ? { continue: String(at + 1) } : {}, items: items.slice(at, at + 1) };
    },
  } as Partial<ClusterReader> as ClusterReader;
}

describe('backups of CloudNativePG', () => {
  const group = 'postgresql.cnpg.io/v1';
  const server = {
    via: { cluster: 'eu', namespace: 'data', service: 'main-rw', port: 5432 },
    host: '127.0.0.1',
    port: 1,
  };
  const postgres = { 'pg-1': { ...server, user: 'u', tls: 'disable' as const, database: 'postgres' } };
  const backup = (name: string, status: object) => ({
    ...{ metadata: { name, namespace: 'data', creationTimestamp: '2026-11-20T00:00:00Z' } },
    ...{ spec: { cluster: { name: 'main' } }, status },
  });
  const cluster = (spec: object, status: object) => ({ metadata: { name: 'main', namespace: 'data' }, spec, status });

  it('stand with the tenants of the server that they are of, and only what is completed is one', async () => {
    const { backups } = await cloudNativePg(
      aCluster({
        [`${group}/backups`]: [
          backup('a', { phase: 'completed', startedAt: '2026-11-21T00:00:00Z', stoppedAt: '2026-11-21T00:10:00Z' }),
          backup('b', { phase: 'walArchivingFailing', error: 'exit 1' }),
          backup('c', { phase: 'running' }),
          backup('d', { phase: 'failed', error: 'no space' }),
          backup('e', {}),
        ],
      }),
      tenants,
      { postgres },
    );
    expect(backups.map(({ name, status, at }) => [name, status, at])).toEqual([
      ['a', 'ok', '2026-11-21T00:00:00.000Z'],
      ['b', 'failed', '2026-11-20T00:00:00.000Z'],
      ['c', 'running', '2026-11-20T00:00:00.000Z'],
      ['d', 'failed', '2026-11-20T00:00:00.000Z'],
      ['e', 'running', '2026-11-20T00:00:00.000Z'],
    ]);
    expect(backups[0]?.tenants).toEqual(['maple-toys', 'maple']);
    expect(backups[1]?.message).toContain('no later backup begins before this one is deleted: exit 1');
    expect(backups[3]?.message).toBe('no space');
  });

  it('reach as far as the plugin’s object store says, whatever the deprecated fields say', async () => {
    const plugin = {
      plugins: [
        { name: 'barman-cloud.cloudnative-pg.io', parameters: { barmanObjectName: 'vault', serverName: 'main-2' } },
      ],
    };
    const window = {
      firstRecoverabilityPoint: '2026-11-01T00:00:00Z',
      lastSuccessfulBackupTime: '2026-11-21T00:00:00Z',
      lastFailedBackupTime: '2026-11-22T00:00:00Z',
    };
    const { windows } = await cloudNativePg(
      aCluster({
        [`${group}/backups`]: [],
        [`${group}/clusters`]: [
          cluster(plugin, {
            firstRecoverabilityPoint: '2020-01-01T00:00:00Z',
            conditions: [{ type: 'ContinuousArchiving', status: 'False', message: 'no bucket' }],
          }),
        ],
        [`${group}/scheduledbackups`]: [
          {
            metadata: { namespace: 'data' },
            spec: { cluster: { name: 'main' } },
            status: { nextScheduleTime: '2026-11-23T00:00:00Z' },
          },
          {
            metadata: { namespace: 'data' },
            spec: { cluster: { name: 'main' }, suspend: true },
            status: { nextScheduleTime: '2026-11-22T12:00:00Z' },
          },
        ],
        'barmancloud.cnpg.io/v1/objectstores': [
          { metadata: { name: 'vault', namespace: 'data' }, status: { serverRecoveryWindow: { 'main-2': window } } },
        ],
      }),
      tenants,
      { postgres },
    );
    expect(windows).toMatchObject([
      { from: '2026-11-01T00:00:00.000Z', until: '2026-11-21T00:00:00.000Z', nextAt: '2026-11-23T00:00:00.000Z' },
    ]);
    expect(windows[0]?.message).toBe(
      'WAL archiving fails: no bucket; its last backup failed at 2026-11-22T00:00:00.000Z',
    );
  });

  it('are none where the cluster has no such kind, also where it forbids before it looks', async () => {
    for (const missing of ['404', '403'] as const) {
      expect((await cloudNativePg(aCluster({}, missing), tenants, { postgres })).backups).toEqual([]);
      expect((await velero(aCluster({}, missing), tenants)).backups).toEqual([]);
    }
  });
});

describe('backups of Velero', () => {
  const backup = (name: string, spec: object, status: object) => ({ metadata: { name }, spec, status });

  it('stand with the tenants whose namespace they take in, and are no good before they are Completed', async () => {
    const { backups } = await velero(
      aCluster({
        'velero.io/v1/backups': [
          backup(
            'all',
            { includedNamespaces: ['*'], excludedNamespaces: ['other'] },
            { phase: 'Completed', startTimestamp: '2026-11-21T00:00:00Z' },
          ),
          backup('one', { includedNamespaces: ['other'] }, { phase: 'PartiallyFailed', errors: 3 }),
          backup('two', {}, { phase: 'Finalizing' }),
          backup('three', { labelSelector: { matchLabels: { a: 'b' } } }, { phase: 'Completed' }),
          backup('four', { storageLocation: 'gone' }, { phase: 'Completed' }),
        ],
        'velero.io/v1/backupstoragelocations': [{ metadata: { name: 'gone' }, status: { phase: 'Unavailable' } }],
      }),
      tenants,
    );
    expect(backups.map(({ name, tenants: of, status }) => [name, of, status])).toEqual([
      ['all', ['maple-toys'], 'ok'],
      ['one', ['maple'], 'failed'],
      ['two', ['maple-toys', 'maple'], 'running'],
      ['three', [], 'ok'],
      ['four', ['maple-toys', 'maple'], 'failed'],
    ]);
    expect(backups[1]?.message).toBe('PartiallyFailed: 3 errors');
  });
});

describe('what pgbackrest knows', () => {
  const info = (more: object) =>
    JSON.stringify([
      {
        ...{
          name: 'main',
          status: { code: 0, message: 'ok' },
          archive: [{ id: '15-1', min: '0'.repeat(24), max: '000000010000000000000009' }],
        },
        db: [{ id: 1, 'system-id': 'SYSTEM', version: '15' }],
        backup: [
          {
            label: '20261121-231645F',
            type: 'full',
            error: false,
            timestamp: { start: 1_795_302_905, stop: 1_795_303_005 },
            info: { size: 10, repository: { size: 5 } },
          },
          {
            label: '20261122-000000F_20261122-010000I',
            type: 'incr',
            error: true,
            timestamp: { stop: 1_795_310_000 },
            info: { repository: { size: 1 } },
          },
        ],
        ...more,
      },
    ]).replaceAll('"SYSTEM"', '7444444444444444449');

  it('is read without making another number of the system’s id', () => {
    expect(JSON.stringify(parsedInfo(info({})))).toContain('"system-id":"7444444444444444449"');
  });

  it('stands with every tenant of that server, and a backup with broken pages is none', async () => {
    const file = join(await aFolder(), 'info.json');
    await writeFile(file, info({}));
    const { backups, windows } = await pgBackRest({ postgres: 'pg-1', info: { file } }, tenants);
    expect(backups.map(({ name, status, size, at }) => [name, status, size, at])).toEqual([
      ['20261121-231645F', 'ok', 5, '2026-11-21T23:16:45.000Z'],
      ['20261122-000000F_20261122-010000I', 'failed', 1, '2026-11-22T01:13:20.000Z'],
    ]);
    expect(windows).toMatchObject([
      { until: '2026-11-21T23:16:45.000Z', tenants: ['maple-toys', 'maple'], message: null },
    ]);
  });

  it('is asked of a program too, and said to be none where it prints something else', async () => {
    const folder = await aFolder();
    await writeFile(join(folder, 'info.json'), info({ status: { code: 2, message: 'no valid backups' }, backup: [] }));
    const read = (command: readonly string[]) =>
      pgBackRest({ postgres: 'pg-1', info: { command: [...command] } }, tenants);
    expect((await read(['/bin/cat', join(folder, 'info.json')])).windows).toMatchObject([
      { message: 'it has no valid backup' },
    ]);
    await expect(read(['/bin/echo', 'stanza: main'])).rejects.toThrow(ReadFailure);
    await expect(read(['/bin/false'])).rejects.toThrow(ReadFailure);
  });
});

describe('backups in a folder', () => {
  it('are known by their manifest or their name, and a zip that was cut off is none', async () => {
    const folder = await aFolder();
    const make = async (name: string, files: Readonly<Record<string, string>>) => {
      for (const [file, text] of Object.entries(files)) {
        const path = join(folder, name, file);
        await mkdir(join(path, '..'), { recursive: true });
        await writeFile(path, text);
      }
    };
    const manifest = JSON.stringify({ odoo_dump: '1', db_name: 'maple_toys', version: '17.0' });
    const whole = { 'dump.sql': 'x'.repeat(5_000), 'manifest.json': manifest, 'filestore/aa/bb': 'b' };
    await make('click', { 'db.dump': 'PGDMP', 'manifest.json': manifest, 'filestore/aa/bb': 'b' });
    await make('maple_toys_broken', { 'manifest.json': '{' });
    await make('unrelated', { 'notes.txt': 'x' });
    const zip = (target: string) => writeFile(join(folder, target), zipOf(whole));
    await zip('upload.zip');
    await zip('maple_2026-11-21_03-04-05.zip');
    const { size } = await import('node:fs/promises').then(({ stat }) =>
      stat(join(folder, 'maple_2026-11-21_03-04-05.zip')),
    );
    await truncate(join(folder, 'maple_2026-11-21_03-04-05.zip'), size - 200);
    await writeFile(join(folder, 'empty.zip'), '');
    const at = new Date('2026-11-20T00:00:00Z');
    await utimes(join(folder, 'upload.zip'), at, at);
    const { backups } = await odooBackups(folder, tenants);
    const found = Object.fromEntries(backups.map((one) => [one.name, one]));
    expect(found['click']).toMatchObject({
      source: 'click-odoo',
      tenants: ['maple-toys'],
      status: 'ok',
      message: null,
    });
    expect(found['maple_toys_broken']).toMatchObject({
      tenants: ['maple-toys'],
      status: 'failed',
      message: 'it has no db.dump and no filestore',
    });
    expect(found['upload.zip']).toMatchObject({
      source: 'odoo-zip',
      tenants: ['maple-toys'],
      status: 'ok',
      at: '2026-11-20T00:00:00.000Z',
    });
    expect(found['maple_2026-11-21_03-04-05.zip']).toMatchObject({
      ...{
        tenants: ['maple'],
        status: 'failed',
        at: '2026-11-21T03:04:05.000Z',
        message: 'its end is missing: it was cut off',
      },
    });
    expect(found['empty.zip']).toMatchObject({ status: 'failed', tenants: [] });
    expect(found['unrelated']).toBeUndefined();
    await expect(odooBackups(join(folder, 'none'), tenants)).rejects.toThrow(ReadFailure);
    expect((await readFile(join(folder, 'upload.zip'))).length).toBeGreaterThan(0);
  });
});

/** A zip as Odoo's `zipfile` writes it: deflated members, their directory at the end. */
function zipOf(members: Readonly<Record<string, string>>): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(members)) {
    const packed = deflateRawSync(text);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(text), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(Buffer.byteLength(text), 18);
    common.writeUInt16LE(name.length, 22);
    const entry = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0003', 'latin1'), common, rest, Buffer.from(name));
    local.push(entry);
    at += entry.length;
  }
  const names = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(Object.keys(members).length, 8);
  end.writeUInt16LE(Object.keys(members).length, 10);
  end.writeUInt32LE(names.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, names, end]);
}

describe('how far an archive is behind', () => {
  it('is counted in segments between the last that went out and the one that is written', () => {
    const segment = 16 * 1024 ** 2;
    expect(distance('000000010000000000000009', '00000001000000000000000A', segment)).toBe(0);
    expect(distance('000000010000000000000009', '00000001000000000000000D', segment)).toBe(3 * segment);
    expect(distance('0000000100000000000000FF', '000000020000000100000001', segment)).toBe(segment);
    expect(distance('00000001000000000000000A.00000028.backup', '00000001000000000000000B', segment)).toBe(0);
    expect(distance('00000002.history', '00000001000000000000000B', segment)).toBeNull();
  });
});
