import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Bench } from './backup.ts';
import { against, type Ratio } from './ratio.ts';

const program = resolve('bin/till.js');

/** One `till backup --all` of many small tenants, beside as many runs of `till backup` one after the other. */
export async function manyTenants({ server, folder, env, recipient }: Bench, count: number): Promise<Ratio> {
  const home = join(folder, 'home');
  const store = join(folder, 'store-tenants');
  await mkdir(home, { recursive: true });
  await mkdir(store);
  const { host, port, user, password } = server;
  await writeFile(join(home, 'password'), password, { mode: 0o600 });
  await server.sql('postgres', 'CREATE DATABASE lean');
  await server.sql(
    'lean',
    'CREATE TABLE sale_order AS SELECT n AS id, md5(n::text) AS name FROM generate_series(1, 20000) n',
  );
  const names = Array.from({ length: count }, (_, number) => `shop-${String(number).padStart(3, '0')}`);
  for (const name of names) {
    await server.sql('postgres', `CREATE DATABASE "${name}" TEMPLATE lean`);
  }
  const login = { user, password: { file: join(home, 'password') } };
  const estate = {
    ...{ apiVersion: 'till/v1', id: '018f0000-0000-7000-8000-00000000beef', name: 'bench', mode: 'READ-WRITE' },
    postgres: { 'pg-1': { host, port, ...login, tls: 'disable', backup: login } },
    stores: { vault: { folder: { path: store } } },
    backups: { store: 'vault', recipients: [recipient], concurrency: 4 },
    tenants: names.map((name) => ({ name, environment: 'staging', postgres: 'pg-1', database: name })),
  };
  const path = join(home, 'estate.json');
  await writeFile(path, JSON.stringify(estate));
  const till = (...words: readonly string[]) =>
    execFileSync(process.execPath, [program, 'backup', ...words, '--no-input', `--estate=${path}`], {
      env: { ...env, HOME: home, XDG_STATE_HOME: join(home, 'state') } as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const one = performance.now();
  till('--all');
  const all = performance.now();
  for (const name of names) {
    till(name);
  }
  const measured = { ours: all - one, theirs: performance.now() - all };
  return against(`backup: ${count} small tenants, four at a time`, `${count} runs one by one`, measured, 0.8);
}
