import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ActContext, openContext } from '#actions/context.ts';
import { performed, recordRefused } from '#actions/desk/performing.ts';
import type { Planned } from '#actions/desk/port.ts';
import type { Plan } from '#actions/plan.ts';
import { findEstate } from '#estate/find.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { systemClock } from '#text/clock.ts';
import { folderOf } from '../../estate/folder.ts';
import { aPlan } from '../../views/desks.ts';

const estateText = `apiVersion: till/v1
id: 0b7e4c52-5a0e-4f5d-9c6b-2f1d8c9f7a10
name: nordic
mode: READ-WRITE
`;

async function aConsole(): Promise<ActContext> {
  const folder = await folderOf({ 'estate.yaml': estateText });
  const estate = await findEstate({ named: join(folder, 'estate.yaml'), env: {}, folder });
  const context = openContext({
    ...{ estate, clock: systemClock, env: { XDG_STATE_HOME: folder }, write: false },
    ...{ tenants: [], statuses: [] },
  });
  onTestFinished(() => context.close());
  return context;
}

const said = { by: 'the API server', reason: 'no releases today', until: null, wayOut: 'wait' };

const plan = (tenant: string, change: Partial<Plan> = {}): Plan =>
  aPlan({ action: 'restart', params: {}, tenants: [tenant], confirmWith: tenant, blockers: [said], ...change });

const planned = (plans: readonly Plan[], change: Partial<Planned> = {}): Planned => ({
  ...{ title: 'Restart', plans, needsReason: true, reason: null, ticket: null, incident: null },
  ...{ confirmation: null, wayToGrant: null, ...change },
});

const recorded = async ({ ledger }: ActContext): Promise<readonly LedgerEntry[]> => {
  const found: LedgerEntry[] = [];
  for await (const entry of ledger.entries({ kind: 'operation' })) {
    found.push(entry);
  }
  return found;
};

const signal = new AbortController().signal;

describe('a plan that is refused in a dialog', () => {
  it('is recorded as the command would: what was wanted, on whom, and who says no', async () => {
    const context = await aConsole();
    await recordRefused(planned([plan('harbour-shoes')], { ticket: 'CHG-7' }), { context, signal });
    const [entry, ...others] = await recorded(context);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      ...{ phase: 'refusal', action: 'restart', ticket: 'CHG-7', bulk: null },
      target: { tenants: ['harbour-shoes'] },
      plan: { digest: '9c41aa' },
      outcome: {
        status: 'refused',
        by: 'the API server',
        message: 'no releases today',
        reason: 'blocked',
        wayOut: 'wait',
      },
    });
  });

  it('is recorded for everybody whom one line meant, those too that were not judged one by one any more', async () => {
    const context = await aConsole();
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    await recordRefused(planned(names.map((name) => plan(name))), { context, signal });
    const entries = await recorded(context);
    expect(entries.every(({ phase }) => phase === 'refusal')).toBe(true);
    expect(entries.flatMap(({ target }) => target?.tenants ?? []).sort()).toEqual(names);
    expect(new Set(entries.map(({ bulk }) => bulk)).size).toBe(1);
    expect(entries.at(-1)?.outcome).toMatchObject({
      ...{ reason: 'skipped', by: expect.stringMatching(/^operation [0-9A-Z]{26}$/u) },
      wayOut: expect.stringContaining('--keep-going'),
    });
  });

  it('records nothing of plans that stand open', async () => {
    const context = await aConsole();
    await recordRefused(planned([plan('harbour-shoes', { blockers: [] })]), { context, signal });
    expect(await recorded(context)).toEqual([]);
  });

  it('is recorded beside those of its bulk that are begun, which it does not hold up', async () => {
    const context = await aConsole();
    const plans = [plan('a'), plan('b', { blockers: [] }), plan('c')];
    const leaving = new AbortController();
    onTestFinished(() => leaving.abort());
    const options = { context, signal: leaving.signal, entry: '/nonexistent/till' };
    expect(await performed(planned(plans), 'slow tills', options)).toMatchObject({ status: 'begun' });
    const refused = await vi.waitFor(async () => {
      const found = (await recorded(context)).filter(({ phase }) => phase === 'refusal');
      expect(found.flatMap(({ target }) => target?.tenants ?? []).sort()).toEqual(['a', 'c']);
      return found;
    });
    const [intent] = (await recorded(context)).filter(({ phase }) => phase === 'intent');
    expect(intent).toMatchObject({ target: { tenants: ['b'] }, bulk: expect.any(String) });
    expect(refused.map(({ bulk }) => bulk)).toEqual([intent?.bulk, intent?.bulk]);
  });
});

describe('what is begun from a dialog', () => {
  it('gets the time that its action takes: hours where it copies a database', async () => {
    const context = await aConsole();
    const folder = await folderOf({
      'worker.mjs': `import { renameSync, writeFileSync } from 'node:fs';
        process.chdir(import.meta.dirname);
        writeFileSync('part', JSON.stringify(process.argv));
        renameSync('part', 'words');`,
    });
    const entry = join(folder, 'worker.mjs');
    const backup = plan('harbour-shoes', { action: 'backup', blockers: [] });
    await performed(planned([backup]), 'before the upgrade', { context, signal, entry });
    const words: readonly string[] = await vi.waitFor(async () =>
      JSON.parse(await readFile(join(folder, 'words'), 'utf8')),
    );
    expect(words).toContain(`--timeout=${12 * 3_600_000}`);
  });
});
