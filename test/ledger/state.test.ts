import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealed } from '#ledger/chain.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { decoded, encoded } from '#ledger/snapshot.ts';
import { freezesAt, operationsOn } from '#ledger/state.ts';
import { all, clockAt, forget, freeze, intent, ledgerIn, newFolder, newId, noon, outcome } from './world.ts';

const day = 86_400_000;

/** One thing that somebody does; what it needs to have happened before may be missing, then nothing comes of it. */
const deeds: readonly ((ledger: Ledger) => Promise<unknown>)[] = [
  (ledger) => ledger.append(intent()),
  (ledger) => ledger.append(intent({ idempotencyKey: newId() })),
  async (ledger) => {
    const [operation] = (await ledger.state()).operations.keys();
    const params = { step: 'patch', index: 0, of: 1 };
    await (operation && ledger.append({ kind: 'operation', phase: 'step', operation, params }));
  },
  async (ledger) => {
    const [operation] = (await ledger.state()).operations.keys();
    await (operation && ledger.append(outcome(operation, 'unknown')));
  },
  (ledger) => ledger.append(freeze()),
  async (ledger) => {
    const [id] = (await ledger.state()).freezes.keys();
    await (id && ledger.append({ kind: 'freeze', phase: 'end', params: { freeze: id } }));
  },
  (ledger) =>
    ledger.append({
      ...{ kind: 'incident', phase: 'open', incident: newId() },
      params: { name: 'tills down', severity: 'SEV2', commander: 'alice' },
    }),
  async (ledger) => {
    const [incident] = (await ledger.state()).incidents.keys();
    await (incident && ledger.append({ kind: 'incident', phase: 'join', incident, params: { person: 'bob' } }));
    await (incident && ledger.append({ kind: 'incident', phase: 'close', incident, params: {} }));
  },
];

describe('the state', () => {
  it('is the same whether it grew entry by entry, comes from the snapshot, or is built from the whole file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(deeds.length - 1), { maxLength: 25 }), async (story) => {
        const folder = await newFolder();
        const ledger = ledgerIn(folder);
        for (const index of story) {
          await deeds[index]?.(ledger);
        }
        const grown = await ledger.state();
        expect(await ledgerIn(folder).state()).toEqual(grown);
        await forget(folder);
        expect(await ledgerIn(folder).state()).toEqual(grown);
      }),
      { numRuns: 25 },
    );
  });

  it('knows the freezes whose span holds an instant: its beginning in, its end out', async () => {
    const ledger = ledgerIn(await newFolder());
    const [from, until] = ['2026-11-27T12:00:00Z', '2026-11-27T13:00:00Z'];
    await ledger.append(freeze({ from, until }));
    const state = await ledger.state();
    const count = (at: string) => freezesAt(state, Date.parse(at)).length;
    expect([count('2026-11-27T11:59:59Z'), count(from), count('2026-11-27T12:59:59Z'), count(until)]).toEqual([
      0, 1, 1, 0,
    ]);
  });

  it('refuses a freeze that ends before it begins', async () => {
    const ledger = ledgerIn(await newFolder());
    const backwards = freeze({ from: '2026-11-28T00:00:00Z', until: '2026-11-27T00:00:00Z' });
    await expect(ledger.append(backwards)).rejects.toMatchObject({ reason: 'freeze-without-span', exit: 2 });
  });

  it('keeps a freeze through a clock that was wrong for a while', async () => {
    const folder = await newFolder();
    const standing = freeze();
    await ledgerIn(folder).append(standing);
    await ledgerIn(folder, { clock: clockAt(noon + 20 * day) }).append(freeze());
    expect((await ledgerIn(folder).state()).freezes.has(standing.params.freeze)).toBe(true);
    await ledgerIn(folder, { clock: clockAt(noon + 60 * day) }).append(freeze());
    expect((await ledgerIn(folder).state()).freezes.has(standing.params.freeze)).toBe(false);
  });

  it('knows the open operations that touch a tenant, of a pool too', async () => {
    const ledger = ledgerIn(await newFolder());
    await ledger.append(intent({ target: { tenants: ['sol-garden', 'tiny-steps'] } }));
    const state = await ledger.state();
    expect(operationsOn(state, ['tiny-steps'])).toHaveLength(1);
    expect(operationsOn(state, ['harbour-shoes'])).toEqual([]);
  });

  it('forgets an idempotency key after a week', async () => {
    const folder = await newFolder();
    const first = intent({ idempotencyKey: 'nightly' });
    await ledgerIn(folder).append(first);
    const later = ledgerIn(folder, { clock: clockAt(noon + 8 * day) });
    await later.append(intent({ idempotencyKey: 'other' }));
    expect(await later.append({ ...first, operation: newId() })).toMatchObject({ status: 'appended' });
  });

  it('is not guessed at from entries that a newer till wrote', async () => {
    const folder = await newFolder();
    const ledger = ledgerIn(folder);
    await ledger.append(intent());
    const [last] = await all(ledger.newest({ limit: 1 }));
    const { line } = sealed('{"kind":"grant","phase":"activated"}', 3, last?.hash ?? '');
    await appendFile(join(folder, 'ledger.jsonl'), `${line}\n`);
    await expect(ledger.append(intent())).rejects.toMatchObject({ reason: 'ledger-newer', exit: 4 });
  });
});

describe('a snapshot', () => {
  it('says the same again, and is nothing when a single byte is another', async () => {
    const folder = await newFolder();
    const ledger = ledgerIn(folder);
    await ledger.append(intent({ idempotencyKey: 'nightly' }));
    await ledger.append(freeze());
    const text = await readFile(join(folder, 'snapshot.json'), 'utf8');
    const snapshot = decoded(text);
    expect(snapshot?.state).toEqual(await ledger.state());
    expect(snapshot && encoded(snapshot)).toBe(text);
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'x' ? 'y' : 'x';
      expect(decoded(text.slice(0, at) + other + text.slice(at + 1)), `byte ${at}`).toBeNull();
    }
  });
});
