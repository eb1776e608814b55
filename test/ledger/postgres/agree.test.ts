import fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demandOf } from '#ledger/access/rules.ts';
import { canonical, type Json } from '#ledger/canonical.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { fold } from '#ledger/fold.ts';
import { emptyState, type MutableLedgerState } from '#ledger/state.ts';
import { matchesGlob } from '#text/glob.ts';
import { noon } from '../world.ts';
import { actions, chains, policies, tenants, zones } from './drafts.ts';
import { newWorld, type World } from './world.ts';

let world: World;
let client: Client;
beforeAll(async () => {
  world = await newWorld();
  const { server, database } = await world.newLedger();
  const { host, port, user, password } = server;
  client = new Client({ host, port, user, password, database });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await world.stop();
});

const asked = async (text: string, values: readonly unknown[]) =>
  (await client.query(text, [...values])).rows[0]?.answer;

/** The state tables after these entries, and then as if they had never been. */
async function bySql(entries: readonly LedgerEntry[]): Promise<Readonly<Record<string, unknown>>> {
  await client.query('BEGIN');
  try {
    await client.query(
      `SELECT till_ledger.fold(e, (e ->> 'seq')::bigint, (e ->> 'at')::timestamptz, e -> 'actor')
       FROM jsonb_array_elements($1::jsonb) AS e`,
      [JSON.stringify(entries)],
    );
    return await asked('SELECT till_ledger.state_now() AS answer', []);
  } finally {
    await client.query('ROLLBACK');
  }
}

function byTypeScript(entries: readonly LedgerEntry[]): Readonly<Record<string, unknown>> {
  const state: MutableLedgerState = emptyState();
  for (const entry of entries) {
    fold(state, entry);
  }
  const { home, policy, ...maps } = state;
  // As JSON has it: a field that is undefined is no field.
  return JSON.parse(
    JSON.stringify({
      home,
      policy,
      ...Object.fromEntries(Object.entries(maps).map(([name, map]) => [name, [...map.values()]])),
    }),
  );
}

describe('the server and till agree', () => {
  it('on the state that any sequence of entries amounts to', async () => {
    await fc.assert(
      fc.asyncProperty(chains, async (entries) => {
        expect(await bySql(entries)).toEqual(byTypeScript(entries));
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  it('on what a policy demands, at any hour in any zone', async () => {
    const hours = fc.integer({ min: 0, max: 2 * 365 * 24 * 4 });
    await fc.assert(
      fc.asyncProperty(policies, actions, tenants, hours, async (policy, wanted, on, quarters) => {
        const now = noon + quarters * 900_000;
        const told = await asked('SELECT till_ledger.demand($1, $2, $3, $4) AS answer', [
          ...[JSON.stringify(policy), JSON.stringify(wanted), JSON.stringify(on), new Date(now).toISOString()],
        ]);
        expect(told).toEqual(demandOf(policy, { actions: wanted, tenants: on, now }));
      }),
      { numRuns: 200 },
    );
  }, 120_000);

  it('on the hour at which a window opens when the clocks are put forward or back', async () => {
    const policyIn = (timezone: string) => ({ days: ['sun'], from: '02:30', until: '03:30', timezone });
    for (const timezone of zones) {
      for (let minutes = 0; minutes < 26 * 60; minutes += 15) {
        for (const day of ['2026-03-28T12:00:00Z', '2026-10-24T12:00:00Z', '2026-11-01T00:00:00Z']) {
          const now = Date.parse(day) + minutes * 60_000;
          const rule = {
            ...{ name: 'r', actions: ['*'], environments: [], tiers: [], tenants: [], approvals: [], seconds: 60 },
          };
          const policy = { tenants: [], rules: [{ ...rule, times: policyIn(timezone) }] } as never;
          const told = await asked('SELECT till_ledger.is_within($1, $2) AS answer', [
            ...[JSON.stringify(policyIn(timezone)), new Date(now).toISOString()],
          ]);
          const { rules } = demandOf(policy, { actions: ['scale'], tenants: ['x'], now });
          expect(told, `${timezone} ${new Date(now).toISOString()}`).toBe(rules.length === 1);
        }
      }
    }
  }, 60_000);

  it('on what a glob matches', async () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '%', '_', '\\', 'ü', '😀'), maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(letters, letters, async (glob, text) => {
        expect(await asked('SELECT till_ledger.matches_glob($1, $2) AS answer', [glob, text])).toBe(
          matchesGlob(glob, text),
        );
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it('on the one text of a value', async () => {
    const value = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constant(null),
        fc.boolean(),
        fc.maxSafeInteger(),
        fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0')),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[ -~]{0,6}$/), tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ) as fc.Arbitrary<Json>,
    })).value;
    await fc.assert(
      fc.asyncProperty(value, async (json) => {
        expect(await asked('SELECT till_ledger.canonical($1) AS answer', [JSON.stringify(json)])).toBe(canonical(json));
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
