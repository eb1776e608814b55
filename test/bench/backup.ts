import { execFile, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sealingPrograms } from '#backups/open-sealed.ts';
import { postgresPrograms } from '#backups/programs.ts';
import { ulidMaker } from '#ledger/ulid.ts';
import { programsEnv } from '../backup-programs.ts';
import { startTestPostgres, type TestPostgres } from '../servers.ts';
import type { AskedOfChild, ToldByChild } from './backup-child.ts';
import { manyTenants } from './backup-tenants.ts';
import { against, median, type Ratio, round, run } from './ratio.ts';

const child = fileURLToPath(new URL('./backup-child.ts', import.meta.url));

/** `--backup-mb=256 --backup-files=5000 --backup-tenants=10` for a machine that has other things to do. */
export function sizeOf(name: string, usual: number): number {
  const given = process.argv.find((word) => word.startsWith(`--${name}=`));
  return given === undefined ? usual : Number(given.slice(name.length + 3));
}

export interface Bench {
  readonly server: TestPostgres;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly recipient: string;
}

/** Backups beside the programs that they are made of, on the same database and disk. */
export async function measureBackups(): Promise<readonly Ratio[]> {
  const megabytes = sizeOf('backup-mb', 1024);
  const folder = await mkdtemp(join(tmpdir(), 'till-bench-backup-'));
  const server = await startTestPostgres({ settings: { max_wal_size: '4GB' } });
  try {
    const env = await programsEnv(15);
    const { age } = await sealingPrograms(env);
    const key = execFileSync(join(dirname(age.path), 'age-keygen'), {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const bench: Bench = { server, folder, env, recipient: /age1[0-9a-z]+/.exec(key)?.[0] ?? '' };
    await shop(bench, 'one', megabytes);
    const once = await database(bench, megabytes);
    const files = await filestore(bench, sizeOf('backup-files', 20_000));
    await shop(bench, 'five', megabytes * 5);
    const memory = await memoryAt(bench, megabytes, once.peak);
    const tenants = await manyTenants(bench, sizeOf('backup-tenants', 50));
    return [...once.ratios, memory, files, tenants];
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Rows as a shop of Odoo's has them: orders, their lines, what was booked, and what was said; a third of it indexes. */
export async function shop({ server }: Pick<Bench, 'server'>, name: string, megabytes: number): Promise<void> {
  await server.sql('postgres', `CREATE DATABASE ${name}`);
  const rows = Math.round(megabytes * 1_150);
  await server.sql(
    name,
    `CREATE TABLE sale_order AS SELECT n AS id, 'S' || lpad(n::text, 8, '0') AS name, now() - n * interval '1 minute' AS write_date,
            (n % 977) * 1.25 AS amount_total, 'sale' AS state, n % 50000 AS partner_id FROM generate_series(1, ${Math.round(rows / 4)}) n;
     CREATE TABLE sale_order_line AS SELECT n AS id, n / 3 AS order_id, 'Product ' || n % 5000 || ' in ' || md5((n % 700)::text) AS name,
            (n % 1000) * 1.25 AS price_unit, n % 7 + 1 AS product_uom_qty, now() - n * interval '1 second' AS create_date FROM generate_series(1, ${rows}) n;
     CREATE TABLE account_move_line AS SELECT n AS id, n / 4 AS move_id, (n % 2) * (n % 1000) AS debit, ((n + 1) % 2) * (n % 1000) AS credit,
            'posted' AS parent_state, current_date - n % 900 AS date, md5((n / 4)::text) AS ref FROM generate_series(1, ${rows}) n;
     CREATE TABLE mail_message AS SELECT n AS id, 'sale.order' AS model, n % 100000 AS res_id, now() - n * interval '1 second' AS date,
            '<p>' || repeat(md5(n::text) || ' ', 6) || '</p>' AS body FROM generate_series(1, ${rows}) n;
     ALTER TABLE sale_order ADD PRIMARY KEY (id); ALTER TABLE sale_order_line ADD PRIMARY KEY (id);
     ALTER TABLE account_move_line ADD PRIMARY KEY (id); ALTER TABLE mail_message ADD PRIMARY KEY (id);
     CREATE INDEX ON sale_order_line (order_id); CREATE INDEX ON account_move_line (move_id); CREATE INDEX ON mail_message (model, res_id);
     CREATE TABLE ir_attachment (id serial PRIMARY KEY, store_fname text, file_size int, write_date timestamp);`,
  );
  await server.sql(name, 'ANALYZE');
}

async function database(
  bench: Bench,
  megabytes: number,
): Promise<{ readonly ratios: readonly Ratio[]; readonly peak: number }> {
  const { env, folder, recipient, server } = bench;
  const [{ pgDump }, { age, zstd }] = await Promise.all([postgresPrograms(15, env), sealingPrograms(env)]);
  const { host, port, user, password } = server;
  const access = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: 'one' };
  const plain = async () => {
    const out = join(folder, 'plain');
    // As ours is: on the disk, and not only on its way there.
    const line = `${pgDump.path} -Fc -Z0 | ${zstd.path} -q -1 | ${age.path} -r ${recipient} > ${out} && sync ${out}`;
    const { ms } = await run('sh', ['-c', line], { ...env, ...access });
    await rm(out);
    return ms;
  };
  const ours: ToldByChild[] = [];
  const theirs: number[] = [];
  await plain();
  await backUp(bench, 'one');
  for (let round = 0; round < 3; round += 1) {
    ours.push(await backUp(bench, 'one'));
    theirs.push(await plain());
  }
  const peak = Math.max(...ours.map((one) => one.peak));
  const measured = { ours: median(ours.map(({ ms }) => ms)), theirs: median(theirs) };
  const dumped = round((ours[0]?.dumped ?? 0) / 1024 ** 2);
  return {
    ratios: [
      against(
        `backup: a database of ${megabytes} MB`,
        'pg_dump | zstd | age',
        measured,
        1.1,
        `${dumped} MiB dumped, sums included`,
      ),
    ],
    peak,
  };
}

async function memoryAt(bench: Bench, megabytes: number, atOne: number): Promise<Ratio> {
  const { peak } = await backUp(bench, 'five');
  const [ours, theirs] = [round(peak / 1024), round(atOne / 1024)];
  return {
    ...{
      name: `backup: peak memory at ${megabytes * 5} MB`,
      ours,
      baseline: `at ${megabytes} MB`,
      theirs,
      unit: 'MiB',
    },
    ...{ ratio: round(ours / theirs), aim: '< 250 MiB, and the same', met: ours < 250 && ours / theirs < 1.2 },
  };
}

async function filestore(bench: Bench, count: number): Promise<Ratio> {
  const path = join(bench.folder, 'filestore');
  const names: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const bytes = randomBytes(2_000 + ((number * 7_919) % 60_000));
    const sum = createHash('sha1').update(bytes).digest('hex');
    await mkdir(join(path, sum.slice(0, 2)), { recursive: true });
    await writeFile(join(path, sum.slice(0, 2), sum), bytes);
    names.push(`${sum.slice(0, 2)}/${sum}`);
  }
  await bench.server.sql('postgres', 'CREATE DATABASE files');
  await bench.server.sql(
    'files',
    `CREATE TABLE ir_attachment AS SELECT row_number() OVER () AS id, name AS store_fname FROM unnest('{${names.join(',')}}'::text[]) name`,
  );
  const first = (await backUp(bench, 'files', path)).phases['filestore'] ?? Number.NaN;
  const again: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    again.push((await backUp(bench, 'files', path)).phases['filestore'] ?? Number.NaN);
  }
  const measured = { ours: median(again), theirs: first };
  return against(`backup: ${count} files again, unchanged`, 'the first time', measured, 0.05);
}

const newId = ulidMaker({ clock: { now: () => Date.now() }, random: (count) => randomBytes(count) });

async function backUp(bench: Bench, database: string, filestore: string | null = null): Promise<ToldByChild> {
  const { server, folder, env, recipient } = bench;
  const store = join(folder, `store-${database}`);
  await mkdir(store, { recursive: true });
  const { host, port, user, password } = server;
  const asked: AskedOfChild = {
    ...{ backup: newId(), server: { host, port, user, password }, database, store, recipient, filestore },
    state: join(folder, 'state'),
  };
  const began = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, [child], {
    env: { ...env, ASKED: JSON.stringify(asked) } as NodeJS.ProcessEnv,
  });
  const told: ToldByChild = JSON.parse(stdout);
  if (performance.now() - began < told.ms) {
    throw new Error('a backup took longer than the process that made it');
  }
  if (filestore === null) {
    await rm(store, { recursive: true });
  }
  return told;
}
