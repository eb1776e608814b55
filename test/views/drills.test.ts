import { afterEach, describe, expect, it } from 'vitest';
import { aBackupsView, aDrill, day } from './backups-made.ts';
import { aDesk } from './desks.ts';
import { closeScreens, openScreen, type TestScreen } from './harness.ts';
import { aPicture, aTenant } from './makers.ts';

afterEach(closeScreens);

const shops = { 'maple-toys': 'standard', 'harbour-shoes': 'critical' } as const;
const rtos = [5_400, 4_800, 5_000, 6_900, 9_400, 4_900, 5_200];
const drills = [
  ...rtos.map((rto, index) =>
    aDrill('maple-toys', (index + 1) * 7 * day, { rto, rpo: 3_600 * (index + 1), rtoTarget: 7_200, rpoTarget: day }),
  ),
  aDrill('harbour-shoes', day, {
    kind: 'failover',
    rtoTarget: 1_800,
    rpoTarget: 3_600,
    rto: 14,
    rpo: 0,
    backup: null,
    level: null,
    seconds: { promote: 14 },
  }),
  aDrill('harbour-shoes', 2 * day, {
    status: 'failed',
    rtoTarget: 1_800,
    rpoTarget: 3_600,
    rto: null,
    rpo: null,
    message: 'the dump ends early',
  }),
].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));

async function opened(options: Parameters<typeof openScreen>[1] = {}): Promise<TestScreen> {
  const desk = aDesk();
  const screen = await openScreen(aPicture(Object.entries(shops).map(([name, tier]) => aTenant(name, { tier }))), {
    ...{ columns: 80, rows: 24, desk: () => desk },
    ...options,
  });
  await screen.shows('harbour-shoes');
  desk.showBackups(aBackupsView(shops, { drills }));
  await screen.shows('▽');
  screen.press(':drills', 'enter');
  await screen.shows('Drills', 'UTC');
  return screen;
}

describe('the drills', () => {
  it('are rows, newest first, over the charts of the selected one’s tenant, at 80×24', async () => {
    const screen = await opened();
    screen.press('jj');
    await screen.shows('maple-toys, restore: 7 results');
    expect(screen.text()).toMatchInlineSnapshot(`
      " nordic ▸ eu-prod   READ-ONLY                             Fri 27 Nov 09:41 UTC
       Drills  9 results  ▲ 2 not as promised                           read 10s ago
      ───────────────────────────────────────────────────────────────────────────────
       RTO                                    RPO
                 ▅▅                                                    
       2h  ──────██────────────────────────   1d  ────────────────────────────────
           ▄▄ ▃▃ ██ ▇▇ ▃▃ ▃▃ ▄▄
           ██ ██ ██ ██ ██ ██ ██                   ▅▅ ▄▄ ▃▃ ▃▃ ▂▂ ▁▁ ▁▁
       maple-toys, restore: 7 results, oldest left; the line is its tier’s
          TIER   TENANT        KIND        AGO     RTO    OF     RPO    OF STEPS
        ● met    harbour-shoes failover     1d     14s   30m      0s    1h promote 1…
        ✖ failed harbour-shoes restore      2d       –   30m       –    1h fetch 12s…
      ▸ ● met    maple-toys    restore      7d   1h30m    2h   1h00m    1d fetch 12s…
        ● met    maple-toys    restore     14d   1h20m    2h   2h00m    1d fetch 12s…
        ● met    maple-toys    restore     21d   1h23m    2h   3h00m    1d fetch 12s…
        ● met    maple-toys    restore     28d   1h55m    2h   4h00m    1d fetch 12s…
        ▲ missed maple-toys    restore     35d   2h36m    2h   5h00m    1d fetch 12s…
        ● met    maple-toys    restore     42d   1h21m    2h   6h00m    1d fetch 12s…
        ● met    maple-toys    restore     49d   1h26m    2h   7h00m    1d fetch 12s…

      ───────────────────────────────────────────────────────────────────────────────
       maple-toys ● met Fri 20 Nov 09:41 · backup 01JDC0000000000000000000B1 · resto…
       fetch 12s · restore 12m · filestore 1m58s · neutralise 2s · verify 38s
       Enter its backups   r read again   Esc back   : palette   ? keys   q quit"
    `);
  });

  it('fill 200×60 with taller charts', async () => {
    const screen = await opened({ columns: 200, rows: 60 });
    screen.press('jj');
    await screen.shows('maple-toys, restore: 7 results');
    expect(screen.lines().slice(0, 24).join('\n')).toMatchInlineSnapshot(`
      " nordic ▸ eu-prod   READ-ONLY                                                                                                                                                     Fri 27 Nov 09:41 UTC
       Drills  9 results  ▲ 2 not as promised                                                                                                                                                   read 10s ago
      ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
       RTO                                                                                                RPO

                 ▂▂                                                                                                                
                 ██                                                                                                                
       2h  ──────██────────────────────────────────────────────────────────────────────────────────────   1d  ────────────────────────────────────────────────────────────────────────────────────────────
                 ██ ▇▇
           ▇▇ ▆▆ ██ ██ ▆▆ ▅▅ ██
           ██ ██ ██ ██ ██ ██ ██                                                                               ▁▁
           ██ ██ ██ ██ ██ ██ ██                                                                               ██ ██ ▇▇ ▅▅ ▄▄ ▃▃ ▁▁
       maple-toys, restore: 7 results, oldest left; the line is its tier’s
          TIER    TENANT         KIND         AGO      RTO     OF      RPO     OF  STEPS
        ● met     harbour-shoes  failover      1d      14s    30m       0s     1h  promote 14s
        ✖ failed  harbour-shoes  restore       2d        –    30m        –     1h  fetch 12s · restore 12m · filestore 1m58s · neutralise 2s · verify 38s
      ▸ ● met     maple-toys     restore       7d    1h30m     2h    1h00m     1d  fetch 12s · restore 12m · filestore 1m58s · neutralise 2s · verify 38s                                                    
        ● met     maple-toys     restore      14d    1h20m     2h    2h00m     1d  fetch 12s · restore 12m · filestore 1m58s · neutralise 2s · verify 38s
        ● met     maple-toys     restore      21d    1h23m     2h    3h00m     1d  fetch 12s · restore 12m · filestore 1m58s · neutralise 2s · verify 38s
        ● met     maple-toys     restore      28d    1h55m     2h    4h00m     1d  fetch 12s · restore 12m · filestore 1m58s · neutralise 2s · verify 38s
        ▲ missed  maple-toys     restore      35d    2h36m     2h    5h00m     1d  fetch 12s · restore 12m · filestore 1m58s · neutralise 2s · verify 38s
        ● met     maple-toys     restore      42d    1h21m     2h    6h00m     1d  fetch 12s · restore 12m · filestore 1m58s · neutralise 2s · verify 38s
        ● met     maple-toys     restore      49d    1h26m     2h    7h00m     1d  fetch 12s · restore 12m · filestore 1m58s · neutralise 2s · verify 38s
      "
    `);
  });
});
