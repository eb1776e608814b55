import { afterEach, describe, expect, it } from 'vitest';
import { harbourShoesDetail, nordic } from './estates.ts';
import { closeScreens, openScreen } from './harness.ts';
import { aDetail, aLayer, aPicture, aPod, aSignal, aTenant, ready } from './makers.ts';

afterEach(closeScreens);

const opened = async (size: { columns: number; rows: number } = { columns: 120, rows: 40 }) => {
  const screen = await openScreen(nordic(), {
    ...size,
    detailOf: (tenant) => (tenant === 'harbour-shoes' ? harbourShoesDetail() : null),
  });
  await screen.shows('▸ ✖ harbour-shoes');
  screen.press('enter');
  await screen.shows('[Signals]');
  return screen;
};

describe('a tenant’s screen', () => {
  it('shows three layers and every signal with value, threshold, age and source', async () => {
    const screen = await opened({ columns: 160, rows: 40 });
    await screen.shows('3 Pods 6', 'UTC');
    expect(screen.text()).toMatchInlineSnapshot(`
      " nordic ▸ eu-prod eu-stage   READ-ONLY   ‖ black-week until Mon 06:00 · 1 tenant                                                          Fri 27 Nov 09:41 UTC
       harbour-shoes  ✖ critical   platform ✖   application ▲   business ✖          odoo:17.0-2.4.1 · tier critical · production · dedicated · eu-prod/harbour-shoes
       1 [Signals] 10   2 Workloads 3   3 Pods 6   4 Sessions 6   5 Crons 3   6 Queue 3                                               2 orders / 15 min ███▇▇▆▄▂▁▁▁▁
      ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
          SIGNAL                 VALUE  WARN / CRIT    WHAT                                                                                  SOURCE               AGE
       PLATFORM ✖ critical
      ▸ ✖ Blocked sessions          14  ≥ 1 / 5        14 sessions blocked 3m12s by 8812 UPDATE stock_quant SET reserved_quantity = reserv…  postgres/pg-1        now
        ▲ Longest transaction    3m12s  ≥ 2m / 10m     pid 8812 idle in transaction for 3m12s                                                postgres/pg-1        now
        ● Connections           61.4 %  ≥ 80 % / 95 %  184 of 300 connections                                                                postgres/pg-1        now
        ● Redis memory         393 MiB                 393 MiB of 1 GiB                                                                      redis/redis-1        now
        ● Workloads ready        100 %  ≤ 99 % / 50 %  5 of 5 pods ready                                                                     kubernetes/eu-prod   now

       APPLICATION ▲ warn
        ▲ Queue waiting            312  ≥ 200 / 2,000  312 jobs waiting, oldest 6m                                                           postgres/pg-1        now
        ⊘ Mail failed                –                 may not read mail_mail.state: run \`till estate grants\`                                postgres/pg-1          –
        ● Login page            212 ms  ≥ 1.5s / 5s    200 in 212 ms                                                                         odoo/edge            now

       BUSINESS ✖ critical
        ✖ Orders                     2  ≤ 40 / 10      2 orders in 15 minutes, 61 expected on a Friday at this hour                          postgres/pg-1        now
        ○ Silent tills               –                 no history for this hour yet                                                          postgres/pg-1        now















      ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
       ✖ critical blocked-sessions 14   warn / critical from ≥ 1 / 5   from postgres/pg-1   just now
       14 sessions blocked 3m12s by 8812 UPDATE stock_quant SET reserved_quantity = reserved_quantity + 1 WHERE id IN (…)

       Esc back   Tab section   ] next tenant   a access   : palette   ? keys   q quit   o operations   b backups   D drills"
    `);
  });

  it('tells the watcher which tenant is open, and when none is any more', async () => {
    const screen = await opened();
    expect(screen.watcher.focused).toBe('harbour-shoes');
    screen.press('esc');
    await screen.shows('▸ ✖ harbour-shoes', 'TENANT');
    expect(screen.watcher.focused).toBeNull();
  });

  it('fits 80×24, with the whole message of the signal under the cursor below', async () => {
    const screen = await opened({ columns: 80, rows: 24 });
    await screen.shows('✖ critical blocked-sessions 14', 'WHERE id IN (…)', 'Esc back');
  });

  it('draws who waits for whom, each session once', async () => {
    const screen = await opened();
    screen.press('4');
    await screen.shows('[Sessions]', '✖ 8812', '├─ 9001', '│  └─ 9003', '└─ 9002', '3 wait for it');
    screen.press('G', 'k');
    await screen.shows('sale_order');
    screen.press('g', 'jjj');
    await screen.shows('also waits for 9001');
  });

  it('shows pods with those in trouble first, and how they last ended', async () => {
    const screen = await opened();
    screen.press('3');
    await screen.shows('CrashLoopBackOff', 'OOMKilled 45s ago', 'container odoo ended: OOMKilled, exit 137');
    expect(screen.rowOf('odoo-queue-66d4c8b9f-zz9ab')).toBe(screen.rowOf('STATUS') + 1);
  });

  it('turns through its sections and comes round', async () => {
    const screen = await opened();
    for (const title of ['Workloads', 'Pods', 'Sessions', 'Crons', 'Queue', 'Signals']) {
      screen.press('tab');
      await screen.shows(`[${title}]`);
    }
    screen.press('shift+tab');
    await screen.shows('[Queue]', 'root.stock', '312');
  });

  it('shows crons by how late they are, and workloads that lack pods', async () => {
    const screen = await opened();
    screen.press('5');
    await screen.shows('✖ Inventory: Run Scheduler', '41m');
    screen.press('2');
    await screen.shows('▲ odoo-queue', '1/2');
  });

  it('goes on to the next tenant of the table with the same section', async () => {
    const screen = await opened();
    screen.press('3', ']');
    await screen.shows('maple-toys', '[Pods]', '… loading');
    screen.press('[');
    await screen.shows('CrashLoopBackOff');
  });

  it('keeps the cursor on its row when rows come before it', async () => {
    const status = aTenant('one');
    const screen = await openScreen(aPicture([status]), {
      detailOf: () => aDetail(status, { pods: ready(aPod('web-b'), aPod('web-c')) }),
    });
    await screen.shows('▸ ● one');
    screen.press('enter', '3');
    await screen.shows('▸ ● web-b');
    screen.press('j');
    await screen.shows('▸ ● web-c');
    screen.watcher.showDetail(aDetail(status, { pods: ready(aPod('web-a'), aPod('web-b'), aPod('web-c')) }));
    await screen.shows('  ● web-a', '▸ ● web-c');
  });

  it('says why a part is not known, each reason in its own way', async () => {
    const status = aTenant('one');
    const part = (reason: string) => ({ state: 'unknown', reason, message: `${reason} indeed` }) as const;
    const screen = await openScreen(aPicture([status]), {
      detailOf: () =>
        aDetail(status, {
          pods: part('forbidden'),
          sessions: part('unreachable'),
          crons: part('stale'),
          queue: { state: 'ready', rows: [], observedAt: 0 },
        }),
    });
    await screen.shows('▸ ● one');
    screen.press('enter', '2');
    await screen.shows('… loading');
    screen.press('3');
    await screen.shows('⊘ forbidden: forbidden indeed');
    screen.press('4');
    await screen.shows('? unreachable: unreachable indeed');
    screen.press('5');
    await screen.shows('~ stale: stale indeed');
    screen.press('6');
    await screen.shows('No job is in the queue.');
  });

  it('scrolls a long list of signals, with the heading above its first', async () => {
    const status = aTenant('one', {
      layers: { platform: aLayer('ok'), application: null, business: null },
      signals: Array.from({ length: 40 }, (_, index) =>
        aSignal({ name: `signal-${String(index).padStart(2, '0')}`, layer: 'platform' }),
      ),
    });
    const screen = await openScreen(aPicture([status]));
    await screen.shows('▸ ● one');
    screen.press('enter', 'G');
    await screen.shows('▸ ● Signal 39');
    screen.press('g');
    await screen.shows('PLATFORM ● ok', '▸ ● Signal 00');
  });

  it('says so when the tenant is not there any more', async () => {
    const screen = await opened();
    screen.watcher.show(aPicture([aTenant('somebody-else')]));
    screen.watcher.showDetail(null);
    await screen.shows('harbour-shoes is not in this estate (any more)');
  });
});
