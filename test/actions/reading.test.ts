import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLedger } from '#actions/context.ts';
import { loadEstate } from '#estate/load.ts';
import type { Draft, FollowingDraft } from '#ledger/draft.ts';
import { till } from '../commands/till.ts';

const now = Date.parse('2026-11-27T09:41:00Z');
const id = '8f2f4f8a-6f0e-4d3c-9f59-2f4e0f5c9a11';
const incident = '01JD0000000000000000000001';
const freeze = '01JD0000000000000000000002';
const operation = '01JD0000000000000000000003';

const estateYaml = `apiVersion: till/v1
id: ${id}
name: nordic
calendar:
  - { name: christmas, from: '2026-12-20T00:00:00Z', until: '2026-12-27T00:00:00Z' }
  - { name: last-year, from: '2025-12-20T00:00:00Z', until: '2025-12-27T00:00:00Z' }
tenants:
  - { name: maple-toys, environment: production }
  - { name: bike-barn, environment: staging }
`;

const story: readonly Draft[] = [
  {
    ...({ kind: 'incident', phase: 'open', incident } as const),
    params: { name: 'checkout-down', severity: 'SEV1', commander: 'ada', tenants: ['maple-toys'] },
  },
  {
    ...({ kind: 'operation', phase: 'refusal', operation, action: 'restart', incident, reason: 'try' } as const),
    target: { tenants: ['maple-toys'] },
    outcome: { status: 'refused', by: 'freeze black-week', message: 'restart is frozen', reason: 'freeze' },
  },
  { kind: 'incident', phase: 'note', incident, params: { note: 'rolled back' } },
  {
    ...({ kind: 'freeze', phase: 'begin', reason: 'peak trading' } as const),
    params: {
      ...{ freeze, name: 'black-week', timezone: 'UTC', scope: { environments: ['production'] }, allows: ['restart'] },
      ...{ from: '2026-11-27T00:00:00Z', until: '2026-11-30T06:00:00Z' },
    },
  },
];

/** An estate without any system, and a ledger with a story in it. */
async function nordic() {
  const folder = await mkdtemp(join(tmpdir(), 'till-reading-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'estate.yaml');
  await writeFile(path, estateYaml);
  const env = { HOME: folder, XDG_STATE_HOME: folder };
  const ledger = openLedger(await loadEstate(path), { now: () => now, monotonic: () => 0 }, env);
  for (const draft of story) {
    await ledger.append(draft as FollowingDraft);
  }
  await ledger.close();
  const run = (...words: readonly string[]) => till([...words, '--estate', path], { env, columns: 200 });
  return {
    run,
    json: async (...words: readonly string[]) => JSON.parse((await run(...words, '-o', 'json')).out),
    ledgerFile: join(folder, 'till', id, 'ledger', 'ledger.jsonl'),
  };
}

describe('till audit', () => {
  it('lists entries newest first, with the fields of the contract in their order', async () => {
    const { json } = await nordic();
    const { kind, items } = await json('audit', 'list');
    expect(kind).toBe('LedgerEntryList');
    expect(items.map((item: { kind: string; phase: string }) => `${item.kind} ${item.phase}`)).toEqual([
      ...['freeze begin', 'incident note', 'operation refusal', 'incident open', 'ledger genesis'],
    ]);
    expect(Object.keys(items[0]).join(' ')).toBe(
      'seq id operation at kind phase actor action target params reason ticket grant incident outcome prev hash bulk spooled',
    );
  });

  it.each([
    [
      ['--tenant', 'maple-*'],
      ['operation', 'incident'],
    ],
    [['--action', 'restart'], ['operation']],
    [
      ['--incident', 'checkout-down'],
      ['incident', 'operation', 'incident'],
    ],
    [['--actor', 'nobody-*'], []],
    [['--since', '2h', '--limit', '1'], ['freeze']],
    [['--until', '2026-11-27T09:00:00Z'], []],
  ])('lists with %o', async (flags, kinds) => {
    const { items } = await (await nordic()).json('audit', 'list', ...flags);
    expect(items.map((item: { kind: string }) => item.kind)).toEqual(kinds);
  });

  it('records that it was read', async () => {
    const { run, json } = await nordic();
    await run('audit', 'list', '--tenant', 'maple-toys');
    const [{ kind, phase, params }] = (await json('audit', 'list')).items;
    expect({ kind, phase, params }).toMatchObject({ kind: 'ledger', phase: 'read', params: { what: 'audit list' } });
  });

  it('shows every entry of an operation, and one entry by its number', async () => {
    const { run, json } = await nordic();
    expect((await json('audit', 'show', operation)).items).toMatchObject([{ operation, phase: 'refusal' }]);
    expect((await run('audit', 'show', '2')).out).toContain('checkout-down');
    expect(await run('audit', 'show', '99')).toMatchObject({ exit: 2, err: expect.stringContaining('no entry "99"') });
  });

  it('verifies the bare chain, and never passes without an anchor', async () => {
    const { run, ledgerFile } = await nordic();
    expect(await run('audit', 'verify', '--chain')).toMatchObject({ exit: 0 });
    expect(await run('audit', 'verify', '-o', 'name')).toMatchObject({ exit: 3, out: 'unanchored\n' });
    await writeFile(ledgerFile, (await readFile(ledgerFile, 'utf8')).replace('rolled back', 'rolled over'));
    expect(await run('audit', 'verify', '--chain', '-o', 'name')).toMatchObject({ exit: 3, out: 'tampered\n' });
  });

  it('refuses a time that is none', async () => {
    expect(await (await nordic()).run('audit', 'list', '--since', 'yesterday')).toMatchObject({ exit: 2 });
  });
});

describe('till incidents', () => {
  it('lists open ones, and tells the story of one with what was refused', async () => {
    const { run, json } = await nordic();
    expect((await json('incidents')).items).toMatchObject([
      { name: 'checkout-down', severity: 'SEV1', tenants: ['maple-toys'], closedAt: null },
    ]);
    const { kind, timeline } = await json('incidents', 'show', 'checkout-down');
    expect(kind).toBe('Incident');
    expect(timeline.map(({ phase, status }: { phase: string; status: string | null }) => [phase, status])).toEqual([
      ['open', null],
      ['refusal', 'refused'],
      ['note', null],
    ]);
    expect((await run('incidents', 'show', 'checkout-down')).out).toMatch(
      /restart refusal on maple-toys refused: freeze black-week: restart is frozen/u,
    );
    expect(await run('incidents', 'show', 'nothing')).toMatchObject({ exit: 2 });
  });
});

describe('till freezes', () => {
  it("lists the ledger's and the calendar's that are not over, and what each refuses now", async () => {
    const { items } = await (await nordic()).json('freezes');
    expect(items).toMatchObject([
      { name: 'black-week', source: 'ledger', state: 'in force', tenants: ['maple-toys'], allows: ['restart'] },
      { name: 'christmas', source: 'calendar', state: 'coming', tenants: ['bike-barn', 'maple-toys'], refuses: [] },
    ]);
    expect(items[0].refuses).toContain('terminate-session');
    expect(items[0].refuses).not.toContain('restart');
    expect(items[0].refuses).not.toContain('thaw');
  });
});

describe('till status', () => {
  it('shows the freeze and the incident of the ledger beside health', async () => {
    const { items } = await (await nordic()).json('status');
    const shown = Object.fromEntries(items.map((item: { tenant: string }) => [item.tenant, item]));
    expect(shown['maple-toys']).toMatchObject({ frozen: { name: 'black-week' }, incident: 'checkout-down' });
    expect(shown['bike-barn']).toMatchObject({ frozen: null, incident: null });
  });
});
