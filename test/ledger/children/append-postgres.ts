// Appends to a PostgreSQL ledger as another process would, with several writers: says `id seq` for each entry that it was told of.
import { setTimeout as pause } from 'node:timers/promises';
import { thisProcess } from '#ledger/identity.ts';
import { openPostgresLedger } from '#ledger/postgres/store.ts';
import { systemClock } from '#text/clock.ts';
import { TillError } from '#text/till-error.ts';

interface Order {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly login: string;
  readonly estateId: string;
  readonly writers: number;
  readonly count: number;
}

const { host, port, database, login, estateId, writers, count }: Order = JSON.parse(process.argv[2] ?? '{}');
const one = async () => {
  const ledger = openPostgresLedger({
    ...{ estateId, clock: systemClock, identity: thisProcess() },
    server: { host, port, database, user: login, tls: 'disable', password: async () => login },
  });
  for (let index = 0; index < count; index += 1) {
    try {
      const { entry } = await ledger.append({ kind: 'ledger', phase: 'read', params: { what: 'load' } });
      process.stdout.write(`${entry.id} ${entry.seq}\n`);
    } catch (error) {
      // Away before anything was sent: nothing is recorded, and this one is asked for again.
      if (!(error instanceof TillError) || error.reason !== 'ledger-unreachable') {
        throw error;
      }
      index -= 1;
      await pause(50);
    }
  }
  await ledger.close();
};
await Promise.all(Array.from({ length: writers }, one));
