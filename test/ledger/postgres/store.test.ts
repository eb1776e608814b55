import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { all, estateId, freeze, intent, newId, outcome } from '../world.ts';
import { ledgerAs, newWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  // Commits are not flushed unless somebody asks for it.
  world = await newWorld({ synchronous_commit: 'off', wal_writer_delay: '10s' });
});
afterAll(() => world.stop());

describe('an entry', () => {
  it('is stamped with the login and the time that the server knows, whatever the client says', async () => {
    const database = await world.newLedger();
    const ledger = ledgerAs(database, { login: 'bob', claimed: { person: 'root', app: 'till/9' } });
    const recorded = await ledger.append(intent());
    if (recorded.status !== 'appended') {
      throw new Error(recorded.status);
    }
    expect(recorded.entry).toMatchObject({
      seq: 2,
      kind: 'operation',
      actor: { asserted: { by: 'postgresql', login: 'bob', address: '127.0.0.1' }, claimed: { person: 'root' } },
    });
    const [{ at } = {}] = await database.sql('SELECT clock_timestamp() AS at');
    expect(Math.abs(Date.parse(recorded.entry.at) - (at as Date).getTime())).toBeLessThan(5_000);
    expect((await ledger.state()).home).toMatchObject({ estate: estateId });
    expect(await ledger.verify({ chain: true })).toMatchObject({ reason: 'chain-holds', entries: 2 });
  });

  it('is on disk when it is answered for, whether its writer is alone or one of many', async () => {
    const database = await world.newLedger();
    const [alice, bob] = [ledgerAs(database, 'alice'), ledgerAs(database, 'bob')];
    await Promise.all([alice.state(), bob.state()]);
    // Alone at first, then in turn: each finds the other between its entries.
    for (const ledger of [alice, alice, alice, bob, alice, bob, alice, bob, bob, bob]) {
      const [{ at } = {}] = await database.sql('SELECT pg_current_wal_insert_lsn() AS at');
      await ledger.append({ kind: 'ledger', phase: 'read', params: { what: 'x'.repeat(200) } });
      const [{ flushed } = {}] = await database.sql(
        `SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '${String(at)}') AS flushed`,
      );
      expect(Number(flushed)).toBeGreaterThan(1_000);
    }
  });

  it('is read back by filters, oldest and newest first, a page at a time', async () => {
    const ledger = ledgerAs(await world.newLedger());
    const operations: string[] = [];
    for (let index = 0; index < 6; index += 1) {
      const draft = intent({ operation: newId(), action: index % 2 === 0 ? 'scale' : 'restart' });
      operations.push(draft.operation);
      await ledger.append(draft);
      await ledger.append(outcome(draft.operation));
    }
    const actions = async (found: AsyncIterable<{ readonly seq: number }>) =>
      (await all(found as never)).map(({ seq }) => seq);
    expect(await actions(ledger.entries({ action: 'rest*', phase: 'intent' }))).toEqual([4, 8, 12]);
    expect(await actions(ledger.newest({ action: 'rest*', phase: 'intent' }))).toEqual([12, 8, 4]);
    expect(await actions(ledger.newest({ kind: 'operation', limit: 2 }))).toEqual([13, 12]);
    expect(await actions(ledger.entries({ operation: operations[2] ?? '' }))).toEqual([6, 7]);
    expect(await actions(ledger.entries({ tenant: 'harbour-*', fromSeq: 3, toSeq: 6, phase: 'intent' }))).toEqual([
      4, 6,
    ]);
    expect(await actions(ledger.entries({ actor: 'alice', since: Date.now() + 60_000 }))).toEqual([]);
  });
});

describe('the state', () => {
  it('is kept by the server: another console sees it at once', async () => {
    const database = await world.newLedger();
    const [alice, bob] = [ledgerAs(database, 'alice'), ledgerAs(database, 'bob')];
    const draft = freeze();
    await alice.append(draft);
    expect([...(await bob.state()).freezes.keys()]).toEqual([draft.params.freeze]);
    await alice.append({ kind: 'freeze', phase: 'end', params: { freeze: draft.params.freeze } });
    expect((await bob.state()).freezes.size).toBe(0);
  });

  it('is judged anew inside the append when it is another one than the client knew', async () => {
    const database = await world.newLedger();
    const [alice, bob] = [ledgerAs(database, 'alice'), ledgerAs(database, 'bob')];
    await alice.state();
    await bob.append(freeze());
    const refused = await alice.append(intent(), {
      unless: ({ freezes }) =>
        freezes.size === 0 ? null : { by: 'freeze', reason: 'freeze', message: 'frozen', until: null, wayOut: null },
    });
    expect(refused).toMatchObject({ status: 'refused', refusal: { reason: 'freeze' }, entry: { phase: 'refusal' } });
    expect((await alice.state()).operations.size).toBe(0);
  });
});
