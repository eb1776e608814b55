import { afterEach, describe, expect, it, vi } from 'vitest';
import { cells } from '#text/width.ts';
import { aBackupsView, aCatalogueEntry, anOther, aProof } from './backups-made.ts';
import { aDesk, aPlanned, type FakeDesk, actions as some } from './desks.ts';
import { closeScreens, openScreen, type TestScreen } from './harness.ts';
import { ago, aPicture, aTenant, blackFriday } from './makers.ts';

afterEach(closeScreens);

const facts = (name: string, title: string) =>
  ({ ...some[0], name, title, key: null, summary: '' }) as (typeof some)[0];
const actions = [
  ...some,
  facts('backup', 'Back up'),
  facts('verify-backup', 'Verify backup'),
  facts('restore', 'Restore'),
  facts('drill', 'Drill'),
  facts('prune', 'Prune backups'),
];

const shops = ['harbour-shoes', 'maple-toys', 'cedar-home', 'kaffe-te', 'north-outdoor'];
const picture = () => ({
  ...aPicture(shops.map((name) => aTenant(name))),
  estate: { id: '7b7c3c2e-54d4-4f43-9f12-5d8d3f0d5d10', name: 'nordic', mode: 'READ-WRITE' as const },
});
const hour = 3_600;

const view = () =>
  aBackupsView(
    {
      'harbour-shoes': 'critical',
      'maple-toys': 'standard',
      'cedar-home': 'critical',
      'kaffe-te': 'basic',
      'north-outdoor': null,
    },
    {
      ours: [
        aCatalogueEntry('harbour-shoes', 2.5 * hour, { level: 'read back' }),
        aCatalogueEntry('maple-toys', 5 * hour),
        aCatalogueEntry('maple-toys', 29 * hour, {
          level: 'restored',
          proofs: [aProof({ at: new Date(Date.UTC(2026, 9, 20)).toISOString() })],
        }),
        aCatalogueEntry('maple-toys', 53 * hour, { missing: ['backups/maple-toys/x/database.0002.zst.age'] }),
        aCatalogueEntry('cedar-home', 0.4 * hour, {
          level: 'served',
          proofs: [aProof({ level: 'served', at: new Date(Date.UTC(2026, 10, 25)).toISOString() })],
        }),
      ],
      others: [anOther('kaffe-te', 9 * hour)],
      wal: [{ server: 'pg-1', state: 'archiving', archivedAt: null, behind: 16 * 1024 ** 2, message: null }],
    },
  );

async function opened(desk: FakeDesk = aDesk(), options: Parameters<typeof openScreen>[1] = {}): Promise<TestScreen> {
  const screen = await openScreen(picture(), {
    ...{ columns: 80, rows: 24, actions, desk: () => desk },
    estate: { name: 'nordic', mode: 'READ-WRITE', clusters: [], tiers: ['critical', 'standard', 'basic'] },
    ...options,
  });
  await screen.shows('harbour-shoes');
  desk.showBackups(view());
  await screen.shows('▽');
  return screen;
}

/** Opens every tenant's backups. */
async function listed(desk: FakeDesk = aDesk(), options: Parameters<typeof openScreen>[1] = {}): Promise<TestScreen> {
  const screen = await opened(desk, options);
  screen.press('b');
  await screen.shows('Backups');
  return screen;
}

describe('the backups of all tenants', () => {
  it('shows who is late first, with age against RPO, proof and drill, at 80×24', async () => {
    const screen = await listed();
    await screen.shows('UTC');
    expect(screen.text()).toMatchInlineSnapshot(`
      " nordic ▸ eu-prod   READ-WRITE                            Fri 27 Nov 09:41 UTC
       Backups  ✖ 1 late  ▲ 1 owed  ● 2 met  ▲ 2 to drill               read 10s ago
      ───────────────────────────────────────────────────────────────────────────────
          RPO     TENANT            AGE     OF   PROOF     DRILLED     SIZE BY
      ▸ ✖ late    harbour-shoes   2h30m     1h ◇ read back ▲ never  1.2 GiB till     
        ▲ owed    kaffe-te        9h00m     7d · not ours        –  8.0 GiB cloudnat…
        ● met     maple-toys      5h00m     1d ○ recorded    ▲ 38d  1.2 GiB till
        ● met     cedar-home        24m     1h ● served         2d  1.2 GiB till
        · no RPO  north-outdoor nothing      –   –               –        – –











      ───────────────────────────────────────────────────────────────────────────────
       harbour-shoes ✖ late 2h30m of 1h by till · owed now · drilled never, owed · W…
       1 backup, nothing was proven of any; newest 01JDC0000000000000009000B1
       Enter its backups   b back up   v verify   e restore   : palette   ? keys"
    `);
  });

  it('shows everything at 200×60', async () => {
    const screen = await listed(aDesk(), { columns: 200, rows: 60 });
    await screen.shows('UTC', 'NEXT');
    expect(screen.lines().slice(0, 9).join('\n')).toMatchInlineSnapshot(`
      " nordic ▸ eu-prod   READ-WRITE                                                                                                                                                    Fri 27 Nov 09:41 UTC
       Backups  ✖ 1 late  ▲ 1 owed  ● 2 met  ▲ 2 to drill                                                                                                                                       read 10s ago
      ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
          RPO      TENANT         TIER          AGE      OF    PROOF           DRILLED      SIZE  WAL                   NEXT  BY
      ▸ ✖ late     harbour-shoes  critical    2h30m      1h  ◇ read back       ▲ never   1.2 GiB  16.0 MiB behind        now  till                                                                           
        ▲ owed     kaffe-te       basic       9h00m      7d  · not ours              –   8.0 GiB  16.0 MiB behind        now  cloudnative-pg
        ● met      maple-toys     standard    5h00m      1d  ○ recorded   ▲ 38d of 30d   1.2 GiB  16.0 MiB behind     in 19h  till
        ● met      cedar-home     critical      24m      1h  ● served         2d of 7d   1.2 GiB  16.0 MiB behind     in 36m  till
        · no RPO   north-outdoor  –         nothing       –    –                     –         –  16.0 MiB behind          –  –"
    `);
  });

  it.each([
    [40, 10],
    [60, 15],
    [80, 24],
    [200, 60],
  ])('keeps within %i×%i', async (columns, rows) => {
    const screen = await listed(aDesk(), { columns, rows });
    await screen.shows('✖ late', 'harbour');
    screen.press('enter');
    await screen.shows('◇ read back');
    screen.press('enter');
    await screen.shows('Proof');
    expect(Math.max(...screen.lines().map(cells))).toBeLessThan(columns);
  });

  it('opens with the cursor on the tenant of the table, and leads to all of its backups and to a whole one', async () => {
    const screen = await opened();
    screen.press('j');
    await screen.shows('▸ ● maple-toys');
    screen.press('b');
    await screen.shows('▸ ● met     maple-toys');
    screen.press('enter');
    await screen.shows('maple-toys backups', '✖ damaged');
    expect(screen.lines().slice(1, 8).join('\n')).toMatchInlineSnapshot(`
      " maple-toys backups  ● met                                        read 10s ago
      ───────────────────────────────────────────────────────────────────────────────
          PROOF     TAKEN               AGE     SIZE BY   SIGNED    NOTE
      ▸ ○ recorded  Fri 27 Nov 04:41  5h00m  1.2 GiB till good                       
        ◆ restored  Thu 26 Nov 04:41   1d5h  1.2 GiB till good
        ✖ damaged   Wed 25 Nov 04:41   2d5h  1.2 GiB till good      backups/maple-to…
      "
    `);
    screen.press('jj');
    await screen.shows('database.0002.zst.age is gone or cut');
    screen.press('enter');
    await screen.shows('✖ Missing', 'PostgreSQL 15.18, 4.0 GiB, 412 tables');
    screen.press('esc');
    await screen.shows('maple-toys backups');
    screen.press('k', 'enter');
    await screen.shows('RTO 3m03s', '● tables: 412 of 412 tables');
    screen.press('esc');
    await screen.shows('maple-toys backups');
    screen.press('esc');
    await screen.shows('▸ ● met     maple-toys');
    screen.press('esc');
    await screen.shows('ORDERS');
  });

  it('keeps the last picture while the store is away, and says since when', async () => {
    const desk = aDesk();
    const screen = await listed(desk);
    desk.showBackups({ ...view(), away: 'vault: connection refused', storeReadAt: blackFriday - 240_000 });
    await screen.shows(
      '? vault away 4m',
      ' vault: connection refused ──',
      '✖ late    harbour-shoes',
      '● met     maple-toys',
    );
  });

  it('says that nothing is known while the store was never read, and not that there is nothing', async () => {
    const desk = aDesk();
    const screen = await listed(desk);
    const nothing = aBackupsView(
      { 'maple-toys': 'standard', 'kaffe-te': 'basic' },
      { others: [anOther('kaffe-te', 3_600)] },
    );
    desk.showBackups({ ...nothing, away: 'vault: connection refused', storeReadAt: null });
    await screen.shows('? unknown maple-toys', '▲ owed    kaffe-te', 'vault away, never read');
    expect(screen.text()).not.toContain('late');
    screen.press('esc');
    await screen.shows('ORDERS');
    expect(screen.text()).not.toContain('▽');
  });

  it('judges anew as time goes on between two looks', async () => {
    const desk = aDesk();
    const screen = await listed(desk);
    await screen.shows('● met     cedar-home');
    screen.clock.set(blackFriday + 3_600_000);
    await screen.shows('✖ late    cedar-home');
  });

  it('reads when it is opened and on r, and says while it does', async () => {
    const desk = aDesk();
    const screen = await opened(desk);
    expect(desk.backupReads).toBe(0);
    screen.press('b');
    await screen.shows('read 10s ago');
    expect(desk.backupReads).toBe(0);
    screen.press('r');
    await vi.waitFor(() => expect(desk.backupReads).toBe(1));
    desk.showBackups({ ...view(), isReading: true });
    await screen.shows('reading');
    screen.press('r');
    await screen.shows('they are being read');
    expect(desk.backupReads).toBe(1);
    screen.clock.set(blackFriday + 60_000);
    desk.showBackups(view());
    screen.press(':backups maple-toys', 'enter');
    await screen.shows('maple-toys backups');
    await vi.waitFor(() => expect(desk.backupReads).toBe(2));
  });

  it('strips what others write into names and messages', async () => {
    const desk = aDesk();
    const screen = await listed(desk, { columns: 120 });
    const nasty = '\u001b]0;owned\u0007pg\u202emain\u001b[2J';
    desk.showBackups(
      aBackupsView(
        { 'maple-toys': 'standard' },
        { others: [anOther('maple-toys', 3_600, { name: nasty, place: nasty, message: nasty, status: 'failed' })] },
      ),
    );
    await screen.shows('1 backup,');
    screen.press('enter');
    await screen.shows('✖ failed', 'pgmain');
    screen.press('enter');
    await screen.shows('made by cloudnative-pg');
    expect(screen.written()).not.toContain('owned');
    expect(screen.written()).not.toContain('\u202e');
  });
});

describe('the keys of backups', () => {
  const latest = '01JDC0000000000000018000B1';
  const older = '01JDC0000000000000104400B1';

  it('plan what they say for the tenant under the cursor, of its newest backup', async () => {
    const desk = aDesk();
    const screen = await listed(desk);
    screen.press('jj');
    await screen.shows('▸ ● met     maple-toys');
    for (const [key, line] of [
      ['b', 'backup maple-toys'],
      ['v', 'verify-backup maple-toys'],
      ['d', 'drill maple-toys --kind restore'],
      ['p', 'prune maple-toys'],
      ['B', 'backup --due'],
    ] as const) {
      screen.press(key);
      await screen.shows('y does it');
      expect(desk.lines.at(-1)).toBe(line);
      screen.press('esc');
      await screen.hides('y does it');
    }
  });

  it('say so where nobody is owed anything', async () => {
    const desk = aDesk();
    desk.plans = async () => aPlanned({ plans: [], confirmation: null });
    const screen = await listed(desk);
    screen.press('B');
    await screen.shows('nobody is owed it now: there is nothing to do', '✖ late    harbour-shoes');
  });

  it('mean the very backup that the cursor is on in a tenant’s list', async () => {
    const desk = aDesk();
    const screen = await opened(desk);
    screen.press(':backups maple-toys', 'enter');
    await screen.shows('maple-toys backups');
    screen.press('j', 'v');
    await screen.shows('y does it');
    expect(desk.lines).toEqual([`verify-backup maple-toys --backup ${older}`]);
    screen.press('esc');
    await screen.hides('y does it');
    screen.press('e');
    await screen.shows(`:restore maple-toys --from ${older}`);
    screen.press('--into maple_old', 'enter');
    await screen.shows('y does it');
    expect(desk.lines.at(-1)).toBe(`restore maple-toys --from ${older} --into maple_old`);
  });

  it('stay visible and say why not', async () => {
    const desk = aDesk();
    const screen = await opened(desk, { columns: 120 });
    screen.press(':backups north-outdoor', 'enter');
    await screen.shows('There is no backup of it yet. b makes one.', 'b back up', '(v verify)', '(e restore)');
    screen.press('v');
    await screen.shows('there is no backup of north-outdoor yet; b makes one');
    screen.press(':backups kaffe-te', 'enter');
    await screen.shows('kaffe-te backups', '· not ours');
    screen.press('e');
    await screen.shows('cloudnative-pg made it: only their own tools open it');
    desk.showBackups({ ...view(), picture: { ...(view().picture ?? never()), store: null } });
    screen.press('b');
    await screen.shows('the estate names no store; till backups shows what to add to it');
    expect(desk.lines).toEqual([]);
  });

  it('swap in and drop the databases that restores have made, which stand before the backups', async () => {
    const desk = aDesk();
    const screen = await opened(desk, { columns: 120 });
    const { picture: known, ...others } = view();
    const made = {
      place: 'pg-1',
      tenant: 'maple-toys',
      operation: null,
      backup: older,
      at: ago(600),
      size: 4 * 1024 ** 3,
    };
    desk.showBackups({
      ...others,
      picture: {
        ...(known ?? never()),
        remains: [
          { ...made, kind: 'restored', name: 'maple_old', remove: 'till restore maple-toys --drop maple_old' },
          { ...made, kind: 'scratch', name: 'till_01k', remove: 'till restore maple-toys --drop till_01k' },
        ],
      },
    });
    screen.press(':backups maple-toys', 'enter');
    await screen.shows('▸ + to swap in', 'maple_old on pg-1', `It was restored from ${older}, 10m ago`);
    screen.press('v');
    await screen.shows('this is a database and no backup: S swaps it in, X drops it');
    screen.press('S');
    await screen.shows('y does it');
    expect(desk.lines.at(-1)).toBe('restore maple-toys --swap maple_old');
    screen.press('esc');
    await screen.hides('y does it');
    screen.press('j', 'S');
    await screen.shows('▸ ~ left over', 'it was never whole; X drops it');
    screen.press('X');
    await screen.shows('y does it');
    expect(desk.lines.at(-1)).toBe('restore maple-toys --drop till_01k');
    screen.press('esc');
    await screen.hides('y does it');
    screen.press('j', 'X');
    await screen.shows('▸ ○ recorded', 'it is about a database that a restore has made');
  });

  it('are listed by ?, and the palette knows the backups of the tenant on its line', async () => {
    const screen = await listed(aDesk(), { columns: 120, rows: 30 });
    screen.press('?');
    await screen.shows('Keys of the backups', 'Back the tenant up now', 'Rehearse a restore from it, and measure');
    screen.press('esc');
    await screen.hides('Keys of the backups');
    screen.press(':verify-backup maple-toys --backup ');
    await screen.shows(latest, older, `${latest}: 5h00m old, 1.2 GiB, recorded`);
  });
});

describe('a backup that is late', () => {
  it('marks its tenant on the table and on its screen, and darkens no layer', async () => {
    const screen = await opened();
    await screen.shows('harbour-shoes ▽', 'maple-toys ◇', '▽ backup late: 2h30m of 1h');
    expect(screen.text()).toContain('● 5');
    expect(screen.line(screen.rowOf('cedar-home'))).not.toMatch(/[▽◇]/u);
    screen.press('j', 'enter');
    // At 80 columns what runs has the room, and the layers.
    await vi.waitFor(() => expect(screen.text()).toMatch(/maple-toys {2}.*business .* ◇ /u));
    screen.press('b');
    await screen.shows('maple-toys backups');
  });

  it('says it in words on the tenant’s screen where there is room', async () => {
    const screen = await opened(aDesk(), { columns: 140 });
    screen.press('j', 'enter');
    await screen.shows('◇ proof owed: 38d of 30d');
  });
});

function never(): never {
  throw new Error('there is a picture');
}
