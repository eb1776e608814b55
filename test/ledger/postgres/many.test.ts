import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { all, estateId, intent, newId } from '../world.ts';
import { type LedgerDatabase, ledgerAs, newWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld({ synchronous_commit: 'on', fsync: 'on', full_page_writes: 'on' });
});
afterAll(() => world.stop());

const script = fileURLToPath(new URL('../children/append-postgres.ts', import.meta.url));

/** Another process with so many writers; what it was told is recorded. */
function writing({ server, database }: LedgerDatabase, login: string, writers: number, count: number) {
  const { host, port } = server;
  const order = JSON.stringify({ host, port, database, login, estateId, writers, count });
  const child = spawn(process.execPath, [script, order], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const told = () =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' '));
  return { told, ended: once(child, 'close') };
}

describe('many writers', () => {
  it('in three processes append without a fork, and everybody is told the place that the entry has', async () => {
    const database = await world.newLedger();
    const children = ['alice', 'bob', 'carol'].map((login, index) =>
      writing(database, login, index === 0 ? 12 : 10, 8),
    );
    await Promise.all(children.map(({ ended }) => ended));
    const told = children.flatMap((child) => child.told()).map(([, seq]) => Number(seq));
    expect(told.sort((a, b) => a - b)).toEqual(Array.from({ length: 32 * 8 }, (_, index) => index + 2));
    expect(await ledgerAs(database).verify({ chain: true })).toMatchObject({ reason: 'chain-holds', entries: 257 });
  }, 120_000);

  it('lose nothing that was acknowledged, and record nothing twice, when the server is struck down under load', async () => {
    const database = await world.newLedger();
    const children = ['alice', 'bob'].map((login) => writing(database, login, 4, 40));
    const enough = (count: number) =>
      vi.waitUntil(() => children.flatMap((child) => child.told()).length >= count, { timeout: 60_000, interval: 5 });
    for (const count of [40, 140]) {
      await enough(count);
      const pid = await vi.waitUntil(async () => {
        const [row] = await database.sql("SELECT pid FROM pg_stat_activity WHERE usename IN ('alice', 'bob') LIMIT 1");
        return Number(row?.['pid'] ?? 0);
      });
      // One backend killed: the server ends all the others at once and recovers from its log.
      process.kill(pid, 'SIGKILL');
    }
    await Promise.all(children.map(({ ended }) => ended));
    const told = children.flatMap((child) => child.told());
    expect(told).toHaveLength(2 * 4 * 40);
    const there = new Map((await all(ledgerAs(database).entries())).map(({ id, seq }) => [id, seq]));
    expect(told.filter(([id = '', seq]) => there.get(id) !== Number(seq))).toEqual([]);
    expect(there.size).toBe(1 + told.length);
    expect(await ledgerAs(database).verify({ chain: true })).toMatchObject({ reason: 'chain-holds' });
  }, 120_000);

  it('judge an intent by the state as it is when it is written, however many are quicker', async () => {
    const database = await world.newLedger();
    const ledgers = Array.from({ length: 8 }, (_, index) => ledgerAs(database, ['alice', 'bob', 'carol'][index % 3]));
    const begun = await Promise.all(
      ledgers.map((ledger) =>
        ledger.append(intent({ operation: newId(), action: 'freeze', target: null }), {
          unless: ({ operations }) =>
            operations.size < 3 ? null : { by: 'x', reason: 'busy', message: 'three run', until: null, wayOut: null },
        }),
      ),
    );
    expect(begun.filter(({ status }) => status === 'appended')).toHaveLength(3);
    expect(begun.filter(({ status }) => status === 'refused')).toHaveLength(5);
    expect((await ledgers[0]?.state())?.operations.size).toBe(3);
  }, 60_000);
});
