import { afterEach, describe, expect, it, vi } from 'vitest';
import { TillError } from '#text/till-error.ts';
import { cells } from '#text/width.ts';
import { nordic } from './estates.ts';
import { closeScreens, openScreen } from './harness.ts';
import { ago, aLayer, aPicture, aSource, aTenant, blackFriday } from './makers.ts';

afterEach(closeScreens);

describe('the tenant table', () => {
  it('shows who is hurt at 80×24, and why', async () => {
    const screen = await openScreen(nordic());
    await screen.shows('tiny-steps', 'UTC');
    expect(screen.text()).toMatchInlineSnapshot(`
      " nordic   READ-ONLY   ‖ black-week                        Fri 27 Nov 09:41 UTC
       12 tenants  ✖ 2  ▲ 1  ● 8  ? 1                       ? pg-eu-2 unreachable 3m
       ? pg-eu-2 hurts 6 tenants: connection refused since 09:38
      ───────────────────────────────────────────────────────────────────────────────
          TENANT        TIER     PLAT APP BIZ WHY ▼                       ORDERS  AGE
      ▸ ✖ harbour-shoes critical  ✖    ▲   ✖  14 sessions blocked 3m12s … ██▆▃▁▁  now
        ✖ maple-toys    standard  ●    ✖   ▲  cron "Process queue" overd… ██▆▆▅▄  now
        ? kaffe-te      basic     ?    ?   ?  pg-eu-2 unreachable since … ······   3m
        ▲ cedar-home ‖  critical  ▲    ●   ●  HPA odoo-web at its maximu… ▄▅▆▆██  now
        ● north-outdoor standard  ●    ●   ●                              ▆▆▇▇██  now
        ● lumen-books   standard  ●    ●   ·                              ······  now
        ● atelier-nine  basic     ●    ●   ●                              ▄▅▆▆██  now
        ● bike-barn     standard  ●    ●   ●                              ▄▅▆▆██  now
        ● olive-kitchen critical  ●    ●   ●                              ▄▅▆▆██  now
        ● pixel-games   standard  ●    ●   ●                              ▄█▄▄▁▄  now
        ● sol-garden    basic     ●    ●   ●                              ▄▅▆▆██  now
        ● tiny-steps    basic     ●    ●   ●                              ▄▅▆▆██  now



      ───────────────────────────────────────────────────────────────────────────────
       harbour-shoes ✖ platform 14 sessions blocked 3m12s by 8812 UPDATE
       stock_quant SET reserved_quantity = reserved_quantity + 1 WHERE id IN (…)
       Enter open   Space mark   / filter   a access   : palette   ? keys   q quit"
    `);
  });

  it('has room for words on a wide screen', async () => {
    const screen = await openScreen(nordic(), { columns: 200, rows: 60 });
    await screen.shows('nordic ▸ eu-prod eu-stage', '✖ 2 critical', 'PLATFORM', '● ok', 'orders / 15 min');
  });

  it.each([
    [40, 10],
    [60, 15],
    [80, 24],
    [120, 40],
    [200, 60],
    [250, 80],
  ])('fills %i×%i and never the last column', async (columns, rows) => {
    const screen = await openScreen(nordic(), { columns, rows });
    await screen.shows('harbour');
    expect(Math.max(...screen.lines().map(cells))).toBeLessThan(columns);
    expect(screen.line(-1)).toContain('Enter open');
  });

  it('says in a plain sentence that 20 columns are too few, and goes on when there are more', async () => {
    const screen = await openScreen(nordic());
    await screen.shows('harbour-shoes');
    screen.resize(20, 12);
    await screen.shows('✖ 2 ▲ 1 ? 1', 'too small', 'q quits');
    screen.resize(120, 40);
    await screen.shows('harbour-shoes', 'nordic ▸ eu-prod eu-stage');
    screen.resize(20, 12);
    await screen.shows('too small');
    screen.press('q');
    expect(await screen.left).toBe(0);
  });

  it('keeps the header on the first row however it is resized', async () => {
    const screen = await openScreen(nordic(), { columns: 120, rows: 40 });
    for (const [columns, rows] of [
      [80, 24],
      [200, 60],
      [81, 12],
      [120, 40],
    ] as const) {
      screen.resize(columns, rows);
      await expect.poll(() => screen.line(rows - 1)).toContain('Enter open');
      await expect.poll(() => screen.line(0)).toMatch(/^ nordic/);
      await expect.poll(() => screen.rowOf('▸ ✖ harbour-shoes')).toBeGreaterThan(1);
    }
  });

  it('marks the layer that has no signal as none, never as green', async () => {
    const screen = await openScreen(nordic());
    await screen.shows('lumen-books');
    expect(screen.line(screen.rowOf('lumen-books'))).toMatch(/●\s+●\s+·/);
  });

  it('says once what hurts several tenants', async () => {
    const screen = await openScreen(nordic());
    await screen.shows('? pg-eu-2 hurts 6 tenants: connection refused since 09:38');
  });

  it('names the source that is away, and for how long', async () => {
    const screen = await openScreen(nordic());
    await screen.shows('pg-eu-2 unreachable 3m');
  });

  it('names the freeze and until when', async () => {
    const screen = await openScreen(nordic(), { columns: 120 });
    await screen.shows('‖ black-week until Mon 06:00 · 1 tenant', 'cedar-home ‖');
  });
});

describe('what is not known', () => {
  const unknown = (['loading', 'forbidden', 'unreachable', 'stale'] as const).map((reason) =>
    aTenant(reason, {
      layers: {
        platform: aLayer('unknown', { reason, message: `because ${reason}` }),
        application: aLayer('ok'),
        business: null,
      },
    }),
  );

  it('looks different for each reason, and never like empty or green', async () => {
    const screen = await openScreen(aPicture(unknown));
    await screen.shows('because stale');
    const signs = unknown.map(({ tenant }) => screen.line(screen.rowOf(tenant)).slice(2, 3));
    expect(signs).toEqual(['…', '⊘', '?', '~']);
  });

  it('is said of the estate before the watcher is there, with what is being done', async () => {
    let say: (words: string) => void = () => {};
    const screen = await openScreen(nordic(), {
      watcher: new Promise(() => {}),
      progress: (listener) => {
        say = listener;
        return () => {};
      },
    });
    await screen.shows('… reading the estate', 'nordic', 'READ-ONLY');
    say('starting PostgreSQL');
    await screen.shows('… starting PostgreSQL');
  });

  it('is bridged by the last picture, marked with its age, until there is a newer one', async () => {
    const last = aPicture([aTenant('yesterday')], { at: blackFriday - 14 * 3600 * 1000 });
    const screen = await openScreen(nordic(), { lastPicture: last, watcher: new Promise(() => {}), columns: 120 });
    await screen.shows('yesterday', '~ last picture, 14h00m old · connecting');
  });

  it('stays the last picture while the new one only looks for its tenants', async () => {
    const looking = aTenant('yesterday', {
      layers: { platform: aLayer('unknown', { reason: 'loading' }), application: null, business: null },
    });
    const last = aPicture([aTenant('yesterday')], { at: blackFriday - 60_000 });
    const screen = await openScreen(aPicture([looking], { settled: false }), { lastPicture: last, columns: 120 });
    await screen.shows('last picture, 1m old');
    screen.watcher.show(aPicture([aTenant('yesterday'), aTenant('today')]));
    await screen.shows('today');
    expect(screen.text()).not.toContain('last picture');
  });

  it('is told apart from an estate without a tenant', async () => {
    const screen = await openScreen(aPicture([]));
    await screen.shows('This estate has no tenant.', 'till doctor');
  });

  it('shows a source that does not know us', async () => {
    const sources = [aSource('kubernetes/eu-prod/pods', { phase: 'unauthenticated' })];
    const screen = await openScreen(aPicture([aTenant('one')], { sources }));
    await screen.shows('⊘ eu-prod pods does not know us');
  });
});

describe('the cursor', () => {
  const shop = (name: string, grade: 'ok' | 'critical' = 'ok') =>
    aTenant(name, { layers: { platform: aLayer(grade), application: null, business: null } });
  const row = (screen: { lines(): readonly string[] }) => screen.lines().find((line) => line.startsWith('▸')) ?? '';

  it('stays with its tenant when the order changes', async () => {
    const screen = await openScreen(aPicture([shop('alder'), shop('birch'), shop('cedar')]));
    await screen.shows('cedar');
    screen.press('j');
    await screen.shows('▸ ● birch');
    screen.watcher.show(aPicture([shop('cedar', 'critical'), shop('alder'), shop('birch')]));
    await screen.shows('✖ cedar');
    expect(row(screen)).toContain('birch');
  });

  it('stays on whoever is worst as long as nobody moved it', async () => {
    const screen = await openScreen(aPicture([shop('alder'), shop('birch')]));
    await screen.shows('▸ ● alder');
    screen.watcher.show(aPicture([shop('birch', 'critical'), shop('alder')]));
    await screen.shows('▸ ✖ birch');
  });

  it('goes to the neighbour when its tenant has gone', async () => {
    const screen = await openScreen(aPicture([shop('alder'), shop('birch'), shop('cedar')]));
    await screen.shows('▸ ● alder');
    screen.press('j');
    await screen.shows('▸ ● birch');
    screen.watcher.show(aPicture([shop('alder'), shop('cedar')]));
    await screen.shows('▸ ● cedar');
  });

  it('moves once for each key, even when all arrive in one chunk', async () => {
    const screen = await openScreen(nordic());
    await screen.shows('▸ ✖ harbour-shoes');
    screen.press('jjj');
    await screen.shows('▸ ▲ cedar-home');
    screen.press('k', 'up');
    await screen.shows('▸ ✖ maple-toys');
  });

  it('pages and jumps to both ends', async () => {
    const many = Array.from({ length: 100 }, (_, index) => aTenant(`shop-${String(index).padStart(3, '0')}`));
    const screen = await openScreen(aPicture(many));
    await screen.shows('▸ ● shop-000');
    screen.press('pagedown');
    await screen.shows('▸ ● shop-015');
    screen.press('G');
    await screen.shows('▸ ● shop-099');
    screen.press('g');
    await screen.shows('▸ ● shop-000');
    screen.press('end', 'k');
    await screen.shows('▸ ● shop-098');
  });
});

describe('sorting', () => {
  const order = (screen: { lines(): readonly string[] }) =>
    screen.lines().flatMap((line) => /^[▸ ].. *(alder|birch|cedar)/.exec(line.replace(/[●✖▲?]/, ' '))?.[1] ?? []);
  const picture = aPicture([
    aTenant('birch', { tier: 'basic', orders: [0, 0, 9], observedAt: ago(3) }),
    aTenant('cedar', { tier: 'critical', orders: [50, 0, 1], observedAt: ago(30) }),
    aTenant('alder', { tier: 'standard', orders: null, observedAt: ago(60) }),
  ]);

  it.each([
    ['N', 'TENAN▼', ['alder', 'birch', 'cedar']],
    ['T', 'TIER ▼', ['cedar', 'alder', 'birch']],
    ['O', 'ORDER▼', ['cedar', 'birch', 'alder']],
    ['A', 'AGE▼', ['alder', 'cedar', 'birch']],
  ])('%s sorts by %s, and the other way round when pressed again', async (key, title, expected) => {
    const screen = await openScreen(picture);
    await screen.shows('alder');
    screen.press(key);
    await expect.poll(() => order(screen)).toEqual(expected);
    expect(screen.text()).toContain(title);
    screen.press(key);
    await expect.poll(() => order(screen)).toEqual(expected.toReversed());
    screen.press('W');
    await expect.poll(() => order(screen)).toEqual(['birch', 'cedar', 'alder']);
  });
});

describe('filter and marks', () => {
  it('follows what is typed, keeps it with Enter, takes it away with Esc', async () => {
    const screen = await openScreen(nordic());
    await screen.shows('harbour-shoes');
    screen.press('/', 'tier=crit !home');
    await screen.hides('maple-toys');
    expect(screen.text()).not.toContain('cedar-home');
    await screen.shows('/tier=crit !home', '2 shown', 'olive-kitchen');
    screen.press('enter');
    await screen.shows('2 of 12 tenants');
    screen.press('esc');
    await screen.shows('maple-toys', '12 tenants');
  });

  it('says which fields there are when one is mistyped', async () => {
    const screen = await openScreen(nordic());
    await screen.shows('harbour-shoes');
    screen.press('/', 'tire=critical');
    await screen.shows('nothing is called tire; tier= was meant?');
  });

  it('says that nothing matches, and how to go back', async () => {
    const screen = await openScreen(nordic());
    await screen.shows('harbour-shoes');
    screen.press('/', 'zzz', 'enter');
    await screen.shows('No tenant matches zzz', 'Esc clears the filter', '(Enter open)');
    screen.press('enter');
    await screen.shows('no tenant is shown');
  });

  it('marks tenants and moves on', async () => {
    const screen = await openScreen(nordic());
    await screen.shows('harbour-shoes');
    screen.press('space', 'space');
    await screen.shows(' •✖ harbour-shoes', ' •✖ maple-toys', '▸ ? kaffe-te');
    screen.press('U');
    await screen.hides('•');
  });
});

describe('live data', () => {
  it('is drawn at once at first, and then at most four times a second', async () => {
    const screen = await openScreen(nordic());
    await screen.shows('harbour-shoes', 'UTC');
    await new Promise((resolve) => setImmediate(resolve));
    const began = performance.now();
    let changes = 0;
    while (performance.now() - began < 600) {
      changes += 1;
      screen.watcher.show(aPicture([aTenant(`change-${changes}`)]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await screen.shows(`change-${changes}`);
    const frames = new Set(screen.written().match(/change-\d+ /g));
    expect(changes).toBeGreaterThan(10);
    expect(frames.size).toBeLessThanOrEqual(5);
  });

  it('writes nothing while nothing on the screen has changed', async () => {
    const screen = await openScreen(nordic());
    await screen.shows('harbour-shoes', 'UTC');
    const before = screen.written().length;
    screen.watcher.show({ ...nordic(), at: blackFriday + 1 });
    screen.press('x');
    await new Promise((resolve) => setImmediate(resolve));
    expect(screen.written().length).toBe(before);
  });
});

describe('the end', () => {
  it('passes on why the watcher could not be made, with the terminal restored', async () => {
    const error = new TillError('the estate is not valid', { exit: 2, reason: 'estate-invalid' });
    const screen = await openScreen(nordic(), { watcher: () => Promise.reject(error) });
    await expect(screen.left).rejects.toBe(error);
    await vi.waitFor(() =>
      expect(screen.modes()).toEqual({ alternate: false, wraparound: true, bracketedPaste: false }),
    );
    expect(screen.isRaw()).toBe(false);
  });

  it('gives the terminal back as it was', async () => {
    const screen = await openScreen(nordic());
    await screen.shows('harbour-shoes');
    expect(screen.modes()).toEqual({ alternate: true, wraparound: false, bracketedPaste: true });
    expect(screen.isRaw()).toBe(true);
    screen.press('q');
    expect(await screen.left).toBe(0);
    await expect.poll(() => screen.modes()).toEqual({ alternate: false, wraparound: true, bracketedPaste: false });
    expect(screen.isRaw()).toBe(false);
  });
});
