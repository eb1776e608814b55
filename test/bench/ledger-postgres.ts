import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Client } from 'pg';
import { openFileLedger } from '#ledger/file-store.ts';
import { thisProcess } from '#ledger/identity.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { setupSql } from '#ledger/postgres/setup/script.ts';
import { openPostgresLedger } from '#ledger/postgres/store.ts';
import { systemClock } from '#text/clock.ts';
import { startTestPostgres, type TestPostgres } from '../servers.ts';
import { median, type Ratio, round } from './ratio.ts';

const estateId = '8f2f4f8a-6f0e-4d3c-9f59-2f4e0f5c9a11';
/** Nothing is faster here than it would be for real: every commit is on disk. */
const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
/** In turn, so that a machine that others slow down is as slow for both. */
const rounds = 5;
/** How much of a plain insert's rate an append should reach. */
const aims = [
  { writers: 1, least: 0.6 },
  { writers: 8, least: 0.25 },
  { writers: 32, least: 0.15 },
];
const draft = {
  kind: 'ledger',
  phase: 'read',
  params: { what: 'bench', filter: { tenant: 'harbour-shoes', actor: 'alice', since: 1_780_000_000_000 } },
} as const;

/** Entries appended a second beside rows inserted a second into a plain table of the same server, each with its commit. */
export async function measureLedgerPostgres(seconds = 3): Promise<readonly Ratio[]> {
  const server = await startTestPostgres({ settings: durable });
  const folder = await mkdtemp(join(tmpdir(), 'till-bench-'));
  try {
    await server.sql('postgres', 'CREATE DATABASE bench; ');
    await server.sql('bench', "CREATE ROLE alice LOGIN PASSWORD 'alice'");
    await server.sql('bench', setupSql({ from: 0, grant: { writer: ['alice'] } }));
    await server.sql('bench', 'CREATE TABLE plain (seq bigserial PRIMARY KEY, line text)');
    await server.sql('bench', 'GRANT ALL ON plain, plain_seq_seq TO alice');
    const ratios: Ratio[] = [];
    for (const { writers, least } of aims) {
      const stores = {
        postgres: () => onServer(server),
        file: () =>
          openFileLedger({ folder, estateId, clock: systemClock, identity: thisProcess(), lockWaitMs: 60_000 }),
      };
      for (const [store, open] of Object.entries(stores)) {
        const ledgers = Array.from({ length: writers }, open);
        await Promise.all(ledgers.map((ledger) => ledger.state()));
        await rate(ledgers, seconds / rounds, 1, (ledger) => ledger.append(draft));
        const found = { plain: [] as number[], one: [] as number[], ten: [] as number[] };
        for (let turn = 0; turn < rounds; turn += 1) {
          found.plain.push(await inserting(server, writers, seconds / rounds));
          found.one.push(await rate(ledgers, seconds / rounds, 1, (ledger) => ledger.append(draft)));
          found.ten.push(
            await rate(ledgers, seconds / rounds, 10, (ledger) =>
              ledger.appendAll(Array.from({ length: 10 }, () => draft)),
            ),
          );
        }
        await Promise.all(ledgers.map((ledger) => ledger.close()));
        const plain = median(found.plain);
        ratios.push(against(`ledger in ${store}: append, ${writers} writers`, median(found.one), plain, least));
        ratios.push(against(`ledger in ${store}: batches of ten, ${writers} writers`, median(found.ten), plain, least));
      }
    }
    return ratios;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await server.stop();
  }
}

function onServer({ host, port }: TestPostgres): Ledger {
  const server = {
    host,
    port,
    database: 'bench',
    user: 'alice',
    tls: 'disable' as const,
    password: async () => 'alice',
  };
  return openPostgresLedger({ server, estateId, clock: systemClock, identity: thisProcess() });
}

/** As many bytes as a line of the ledger has. */
async function inserting({ host, port }: TestPostgres, writers: number, seconds: number): Promise<number> {
  const clients = Array.from(
    { length: writers },
    () => new Client({ host, port, user: 'alice', password: 'alice', database: 'bench' }),
  );
  await Promise.all(clients.map((client) => client.connect()));
  const query = { name: 'plain', text: 'INSERT INTO plain (line) VALUES ($1)', values: ['x'.repeat(900)] };
  const found = await rate(clients, seconds, 1, (client) => client.query(query));
  await Promise.all(clients.map((client) => client.end()));
  return found;
}

async function rate<W>(
  writers: readonly W[],
  seconds: number,
  each: number,
  work: (writer: W) => Promise<unknown>,
): Promise<number> {
  const until = performance.now() + seconds * 1_000;
  let count = 0;
  await Promise.all(
    writers.map(async (writer) => {
      while (performance.now() < until) {
        await work(writer);
        count += each;
      }
    }),
  );
  return count / seconds;
}

function against(name: string, ours: number, theirs: number, least: number): Ratio {
  const ratio = ours / theirs;
  return {
    ...{
      name,
      ours: Math.round(ours),
      baseline: 'plain insert with commit',
      theirs: Math.round(theirs),
      unit: 'per s',
    },
    ...{ ratio: round(ratio), aim: `≥ ${least}`, met: ratio >= least },
  };
}

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await measureLedgerPostgres(), null, 2)}\n`);
}
