import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Identity } from '#ledger/identity.ts';
import { clockAt, intent, newId, outcome } from '../world.ts';
import { here, type LedgerDatabase, ledgerAs, newWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.stop());

/** A process of another machine: nobody here can see whether it lives. */
const elsewhere: Identity = { ...here, host: 'bastion-2', machine: 'another', pid: 4_242, started: '99' };
const refused = (reason: string) => expect.objectContaining({ reason, exit: 4 });
const step = (operation: string) =>
  ({ kind: 'operation', phase: 'step', operation, params: { step: 'scale-web', index: 0, of: 1 } }) as const;
const reconciled = (operation: string) =>
  ({ kind: 'operation', phase: 'reconciled', operation, outcome: { status: 'indeterminate' } }) as const;

async function begun(database: LedgerDatabase, identity: Identity, handover = false) {
  const ledger = ledgerAs(database, { login: 'bob', identity });
  const operation = newId();
  await ledger.append(intent({ operation }), { handover });
  return { ledger, operation };
}

/** As if its process had been silent for so long, by the server's clock. */
async function silentFor(database: LedgerDatabase, seconds: number) {
  await database.sql(`UPDATE till_ledger.leases SET heartbeat = clock_timestamp() - interval '${seconds} seconds'`);
}

describe('an operation that runs on another host', () => {
  it('is live while its heartbeat is fresh, and nobody ends it or takes a step in it', async () => {
    const database = await world.newLedger();
    const { operation } = await begun(database, elsewhere);
    // This side's clock is an hour ahead: the server's counts.
    const alice = ledgerAs(database, { clock: clockAt(Date.now() + 3_600_000) });
    const open = (await alice.state()).operations.get(operation) ?? expect.fail();
    expect(alice.leases.view(open)).toMatchObject({ life: 'live', why: 'it runs on bastion-2' });
    expect(await alice.lapsed()).toEqual([]);
    await expect(alice.takeOver(operation)).rejects.toEqual(refused('operation-live'));
    await expect(alice.append(reconciled(operation))).rejects.toEqual(refused('operation-live'));
    await expect(alice.append(step(operation))).rejects.toEqual(refused('lease-lost'));
    await expect(alice.append(outcome(operation))).rejects.toEqual(refused('operation-of-another'));
  });

  it('has lapsed after thirty seconds of silence: whoever takes it over may end it, once', async () => {
    const database = await world.newLedger();
    const { ledger: bob, operation } = await begun(database, elsewhere);
    await silentFor(database, 31);
    const [alice, carol] = [ledgerAs(database), ledgerAs(database, 'carol')];
    expect((await alice.lapsed()).map((open) => open.operation)).toEqual([operation]);
    using keeper = await alice.takeOver(operation);
    await expect(carol.takeOver(operation)).rejects.toEqual(refused('operation-live'));
    await expect(bob.append(step(operation))).rejects.toEqual(refused('lease-lost'));
    await alice.append(reconciled(operation));
    expect((await carol.state()).operations.size).toBe(0);
    // It is what happened, also after it was reconciled.
    await expect(bob.append(outcome(operation))).resolves.toMatchObject({ status: 'appended' });
    expect(keeper.lost.aborted).toBe(false);
  });
});

describe('an operation of this machine', () => {
  it('is stalled, not over, while its process lives in silence', async () => {
    const database = await world.newLedger();
    const { operation } = await begun(database, elsewhere);
    const seen = { ...elsewhere, machine: here.machine, host: here.host };
    const watcher = ledgerAs(database, { login: 'bob', identity: { ...seen, pid: 1 }, startOf: () => '99' });
    await database.sql(
      `UPDATE till_ledger.leases SET about = about || '{"machine": ${JSON.stringify(here.machine)}, "host": "${here.host}"}'`,
    );
    await silentFor(database, 60);
    const open = (await watcher.state()).operations.get(operation) ?? expect.fail();
    expect(watcher.leases.view(open)).toMatchObject({ life: 'stalled' });
    await expect(watcher.takeOver(operation)).rejects.toEqual(refused('operation-live'));
  });

  it('has lapsed as soon as its process is seen to be gone, but not while a worker is on its way', async () => {
    const database = await world.newLedger();
    const gone = { ...here, pid: 4_242, started: '99' };
    const { operation } = await begun(database, gone, true);
    const other = ledgerAs(database, { login: 'bob', startOf: () => null });
    const open = (await other.state()).operations.get(operation) ?? expect.fail();
    expect(other.leases.view(open)).toMatchObject({ life: 'live', why: 'a worker is about to take it over' });
    await expect(other.takeOver(operation)).rejects.toEqual(refused('operation-live'));
    await silentFor(database, 16);
    expect((await other.lapsed()).map((found) => found.operation)).toEqual([operation]);
    using _lease = await other.takeOver(operation);
  });

  it('passes to the worker that its process named', async () => {
    const database = await world.newLedger();
    const parent = { ...here, pid: 777, started: '1' };
    const { operation } = await begun(database, parent, true);
    const worker = ledgerAs(database, { login: 'bob', startOf: () => '1' });
    using _lease = await worker.takeOver(operation, { pid: 777 });
    await expect(worker.append(step(operation))).resolves.toMatchObject({ status: 'appended' });
  });
});

describe('a lease that is kept', () => {
  it('is renewed by the server clock, and its loss is told', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const database = await world.newLedger();
      const { ledger, operation } = await begun(database, here);
      const keeper = ledger.leases.keep(operation);
      await silentFor(database, 20);
      const renewals = async () => (await database.sql('SELECT renewals FROM till_ledger.leases'))[0]?.['renewals'];
      await vi.waitUntil(async () => {
        vi.advanceTimersByTime(5_000);
        return (await renewals()) === 1 || Number(await renewals()) > 1;
      });
      await database.sql("UPDATE till_ledger.leases SET holder = 'another'");
      await vi.waitUntil(() => {
        vi.advanceTimersByTime(5_000);
        return keeper.lost.aborted;
      });
    } finally {
      vi.useRealTimers();
    }
  });
});
