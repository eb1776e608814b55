import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ledger } from '#ledger/ledger.ts';
import { entriesBefore, proposalFor, propose, prune } from '#ledger/prune.ts';
import { verifyOf } from '#ledger/verify.ts';
import { exported } from '../export/world.ts';
import { type LedgerDatabase, ledgerAs, newWorld, type World } from '../postgres/world.ts';
import { estateId, intent, newFolder, outcome } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld();
}, 60_000);
afterAll(() => world.stop());

async function acts(ledger: Ledger, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const draft = intent({ operation: ledger.newId() });
    await ledger.append(draft);
    await ledger.append(outcome(draft.operation));
  }
}

/** A ledger with entries to take out and entries to keep; `isOld` makes the server think that thirteen months are over. */
async function ledgers({ isOld = true } = {}) {
  const database: LedgerDatabase = await world.newLedger();
  const [alice, bob] = [ledgerAs(database, 'alice'), ledgerAs(database, 'bob')];
  await acts(alice, 4);
  const { now } = await alice.presence();
  await acts(bob, 2);
  if (isOld) {
    await database.sql(
      "CREATE OR REPLACE FUNCTION till_ledger.least_retention() RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT interval '0' $$",
    );
  }
  const archive = `${await newFolder()}-archive.jsonl`;
  return { database, alice, bob, span: await entriesBefore(alice, now + 1), archive };
}

describe('pruning a ledger in PostgreSQL', { timeout: 60_000 }, () => {
  it('takes two people, and is verified from their record on', async () => {
    const { alice, bob, span, archive } = await ledgers();
    const whole = await exported(alice, 'jsonl');
    await propose(alice, span, 'retention');
    expect(await proposalFor(alice, span)).toMatchObject({ isByAnother: false });
    expect(await proposalFor(bob, span)).toMatchObject({ isByAnother: true });
    const { removed } = await prune(bob, span, archive, 'retention');
    expect(removed).toBe(span.upTo);
    expect(await bob.verify({ chain: true })).toMatchObject({ exit: 0, reason: 'chain-holds' });
    const left = (await exported(alice, 'jsonl')).split('\n')[0] ?? '';
    expect(JSON.parse(left).seq).toBe(span.upTo + 1);
    expect(readFileSync(archive, 'utf8').split('\n')).toHaveLength(span.upTo + 1);
    expect(whole.split('\n').length).toBeGreaterThan(span.upTo);
    expect(await verifyOf(archive, { estateId, chain: true })).toMatchObject({ exit: 0, entries: span.upTo });
    await acts(alice, 1);
    expect(await alice.verify({ chain: true })).toMatchObject({ exit: 0 });
  });

  it('is refused by the server to the person who proposed it, and nothing is removed', async () => {
    const { alice, span, archive, database } = await ledgers();
    await propose(alice, span, 'retention');
    await expect(prune(alice, span, archive, 'retention')).rejects.toMatchObject({ reason: 'second-person' });
    const [row] = await database.sql('SELECT count(*) AS left FROM till_ledger.entry WHERE seq = 1');
    expect(Number(row?.['left'])).toBe(1);
    expect(await alice.removePruned()).toBe(0);
  });

  it('is refused by the server for what is younger than thirteen months, whatever a client says', async () => {
    const { alice, bob, span, archive } = await ledgers({ isOld: false });
    await propose(alice, span, 'retention');
    await expect(prune(bob, span, archive, 'retention')).rejects.toMatchObject({ reason: 'too-young' });
    expect(await bob.removePruned()).toBe(0);
  });

  it('lets nobody remove what no record releases', async () => {
    const { database, span } = await ledgers();
    await expect(database.sql('DELETE FROM till_ledger.entry WHERE seq = 1')).rejects.toThrow('only grows');
    expect(span.first).toBe(1);
  });
});

describe('exporting a ledger in PostgreSQL', { timeout: 60_000 }, () => {
  it('gives the same formats as a file does', async () => {
    const { alice } = await ledgers();
    const entries = (await exported(alice, 'jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries[0]).toMatchObject({ seq: 1, kind: 'ledger', phase: 'genesis' });
    expect(entries[1].actor.asserted).toMatchObject({ by: 'postgresql', login: 'alice' });
    for (const format of ['csv', 'ocsf', 'cef'] as const) {
      expect(await exported(alice, format)).toContain('alice');
    }
  });
});
