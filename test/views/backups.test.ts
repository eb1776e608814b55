import { afterEach, describe, expect, it } from 'vitest';
import { aBackupsView, aCatalogueEntry, anOther, aProof, day } from './backups-made.ts';
import { aDesk, type FakeDesk, actions as some } from './desks.ts';
import { closeScreens, openScreen, type TestScreen } from './harness.ts';
import { aPicture, aTenant } from './makers.ts';

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

async function opened(desk: FakeDesk, options: Parameters<typeof openScreen>[1] = {}): Promise<TestScreen> {
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

describe('the backups', () => {
  it('shows who is late first, with age against RPO, proof and drill, at 80×24', async () => {
    const desk = aDesk();
    const screen = await opened(desk);
    screen.press('b');
    await screen.shows('Backups', 'UTC');
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
    screen.press('jj', 'enter');
    await screen.shows('maple-toys backups');
    expect(screen.text()).toMatchInlineSnapshot(`
      " nordic ▸ eu-prod   READ-WRITE                            Fri 27 Nov 09:41 UTC
       maple-toys backups  ● met                                        read 10s ago
      ───────────────────────────────────────────────────────────────────────────────
          PROOF     TAKEN               AGE     SIZE BY   SIGNED    NOTE
      ▸ ○ recorded  Fri 27 Nov 04:41  5h00m  1.2 GiB till good                       
        ◆ restored  Thu 26 Nov 04:41   1d5h  1.2 GiB till good
        ✖ damaged   Wed 25 Nov 04:41   2d5h  1.2 GiB till good      backups/maple-to…













       5h00m of 1d by till · next in 19h · drilled 38d of 30d, owed · WAL 16.0 MiB b…
       01JDC0000000000000018000B1 ○ recorded vault · PostgreSQL 15.18 · signature go…
       Nothing of it is missing.
       Enter whole   b back up   v verify   e restore   : palette   ? keys   q quit"
    `);
    screen.press('j', 'enter');
    await screen.shows('Backup 01');
    expect(screen.text()).toMatchInlineSnapshot(`
      " nordic ▸ eu-prod   READ-WRITE                            Fri 27 Nov 09:41 UTC
       Backup 01JDC0000000000000104400B1 of maple-toys
      ───────────────────────────────────────────────────────────────────────────────
       Proof     ◆ restored
       Taken     Thu 26 Nov 04:41   2026-11-26T04:41:00.000Z
       Size      1.2 GiB
       In        vault
       Signed    good   manifest aaaaaaaaaaaaaaaa
       Database  maple_toys on pg-1, PostgreSQL 15.18, 4.0 GiB, 412 tables
       Files     20000 files, 2.0 GiB
       Odoo      17.0, 1 modules

       Proven    ◆ restored Tue 20 Oct 00:00, when it was 0s old
                 RTO 3m03s · RPO 40m · fetch 12s · restore 2m10s · filestore 18s ·
                 neutralise 2s · verify 21s
                 ● tables: 412 of 412 tables, 9,120 rows




      ───────────────────────────────────────────────────────────────────────────────


       D drills   b back up   v verify   e restore   d drill   : palette   ? keys"
    `);
    screen.press('esc', 'esc', 'esc');
    await screen.shows('ORDERS');
    expect(screen.text()).toMatchInlineSnapshot(`
      " nordic ▸ eu-prod   READ-WRITE                            Fri 27 Nov 09:41 UTC
       5 tenants  ✖ 0  ▲ 0  ● 5  ? 0   130 orders / 15 min ▃▄▅▅▆▇▆▇████
      ───────────────────────────────────────────────────────────────────────────────
          TENANT          TIER     PLAT APP BIZ WHY ▼                     ORDERS  AGE
      ▸ ● harbour-shoes ▽ standard  ●    ●   ●                            ▄▅▆▆██  now
        ● maple-toys ◇    standard  ●    ●   ●                            ▄▅▆▆██  now
        ● cedar-home      standard  ●    ●   ●                            ▄▅▆▆██  now
        ● kaffe-te        standard  ●    ●   ●                            ▄▅▆▆██  now
        ● north-outdoor   standard  ●    ●   ●                            ▄▅▆▆██  now











      ───────────────────────────────────────────────────────────────────────────────
       harbour-shoes ● platform ▽ backup late: 2h30m of 1h

       Enter open   s scale   K terminate session   t touch   : palette   ? keys"
    `);
  });
});
void day;
