import { afterEach, describe, expect, it } from 'vitest';
import { actions as registered } from '#actions/definitions/index.ts';
import type { Planned } from '#actions/desk/port.ts';
import { bindings } from '#views/bindings/index.ts';
import { actions, aDesk, aPlan, aPlanned, type FakeDesk, refusal } from './desks.ts';
import { nordic } from './estates.ts';
import { closeScreens, openScreen, type TestScreen } from './harness.ts';

afterEach(closeScreens);

const writable = () => ({ ...nordic(), estate: { ...nordic().estate, mode: 'READ-WRITE' as const } });

async function opened(
  desk: FakeDesk = aDesk(),
  { picture = writable(), ...options }: Parameters<typeof openScreen>[1] & { picture?: ReturnType<typeof nordic> } = {},
): Promise<TestScreen> {
  const screen = await openScreen(picture, { columns: 120, rows: 30, actions, desk: () => desk, ...options });
  await screen.shows('harbour-shoes', 's scale');
  return screen;
}

/** Long enough for a question to have been seen. */
const seen = (screen: TestScreen) => screen.clock.pass(400);

describe('the keys of actions', () => {
  it('are each one key, and none that the screens have for themselves', () => {
    const keys = registered.flatMap(({ key }) => (key === null ? [] : [key]));
    const taken = bindings.flatMap((one) => (['tenants', 'tenant', 'everywhere'].includes(one.where) ? one.keys : []));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => taken.includes(key))).toEqual([]);
  });

  it('stand in the footer between the screen’s own and the ways around', async () => {
    const screen = await opened();
    expect(screen.line(-1)).toBe(
      ' Enter open   Space mark   / filter   s scale   K terminate session   t touch   i incident   : palette   ? keys',
    );
  });

  it('stay visible where the estate is READ-ONLY, and say why; what only records stays possible', async () => {
    const screen = await openScreen(nordic(), { columns: 120, rows: 30, actions, desk: () => aDesk() });
    await screen.shows('(s scale)', 'i incident');
    screen.press('s');
    await screen.shows('READ-ONLY: till --write opens it for one run, mode: READ-WRITE for good');
    screen.press('?', 'scale');
    await screen.shows('s not now: READ-ONLY: till --write opens it for one run');
  });

  it('run on a READ-ONLY estate that --write has opened, and the header says that it has', async () => {
    const desk = aDesk();
    const screen = await openScreen(nordic(), {
      ...{ columns: 120, rows: 30, actions, desk: () => desk },
      estate: { name: 'nordic', mode: 'READ-ONLY', isOpened: true, clusters: [], tiers: [] },
    });
    await screen.shows('READ-WRITE by --write', ' s scale');
    expect(screen.text()).not.toContain('READ-ONLY');
    screen.press('t');
    await screen.shows('y does it');
    expect(desk.lines).toEqual(['touch harbour-shoes']);
  });

  it('say which freeze forbids it, until when, and the way out', async () => {
    const screen = await opened();
    screen.press(':', 'show cedar-home', 'enter');
    await screen.shows('[Signals]', '(s scale)');
    screen.press('s');
    await screen.shows('cedar-home is frozen by black-week until Mon 06:00: wait, or :thaw black-week');
  });

  it('open a line where more has to be said, with the tenant on it', async () => {
    const desk = aDesk();
    const screen = await opened(desk);
    screen.press('s');
    await screen.shows(':scale harbour-shoes --web ▏');
    screen.press('6', 'enter');
    await screen.shows('Scale harbour-shoes', 'spec.replicas');
    expect(desk.lines).toEqual(['scale harbour-shoes --web 6']);
    seen(screen);
    screen.press('esc', 'i');
    await screen.shows(':incident ▏', 'open   note   close');
  });
});

describe('the question', () => {
  it('shows target, before and after, owner, warning, undo and the kubectl line at 80×24', async () => {
    const screen = await openScreen(writable(), { actions, desk: () => aDesk() });
    await screen.shows('harbour-shoes', '12 tenants', 'UTC');
    screen.press(':', 'scale harbour-shoes --web 6', 'enter');
    await screen.shows('y does it');
    expect(screen.text()).toMatchInlineSnapshot(`
      " nordic   READ-WRITE   ‖ black-week                       Fri 27 Nov 09:41 UTC
       12 tenants  ✖ 2  ▲ 1  ● 8  ? 1                       ? pg-eu-2 unreachable 3m
      ╭ Scale harbour-shoes ────────────────────────────────────────────────────────╮
      │ Target    eu-prod/harbour-shoes  Deployment odoo-web   uid 6f1c0000…        │
      │           version 41                                                        │
      │ Changes   spec.replicas  2  →  6   owner HPA odoo-web                       │
      │ ▲         24 more connections to pg-1, which has 31 left                    │
      │ Expected  1m30s                                                             │
      │ Undo      scale web back to 2                                               │
      │ Same as   kubectl -n harbour-shoes scale deployment odoo-web --replicas 6   │
      │ Danger    moderate   digest 9c41aa                                          │
      │                                                                             │
      │ y does it                                                                   │
      ╰──────────────────────────────────────────────────────────────── Esc leaves ─╯
        ● pixel-games   standard  ●    ●   ●                              ▄█▄▄▁▄  now
        ● sol-garden    basic     ●    ●   ●                              ▄▅▆▆██  now
        ● tiny-steps    basic     ●    ●   ●                              ▄▅▆▆██  now



      ───────────────────────────────────────────────────────────────────────────────
       harbour-shoes ✖ platform 14 sessions blocked 3m12s by 8812 UPDATE
       stock_quant SET reserved_quantity = reserved_quantity + 1 WHERE id IN (…)
       y do it   Esc leave   ↑↓ scroll"
    `);
  });

  it('is not answered by a key typed before it appeared', async () => {
    const desk = aDesk();
    const later = Promise.withResolvers<Planned>();
    desk.plans = () => later.promise;
    const screen = await opened(desk);
    screen.press('K', 'y', 'enter');
    await screen.shows('reading what it would change');
    screen.press('y', 'enter');
    later.resolve(aPlanned());
    await screen.shows('y does it');
    screen.press('y', 'enter', 'y');
    await screen.shows('y does it');
    expect(desk.performed).toEqual([]);
    seen(screen);
    screen.press('y');
    await screen.shows('begun');
    expect(desk.performed).toHaveLength(1);
  });

  it('can be read, but not answered, while the API server is asked', async () => {
    const desk = aDesk();
    const answered = Promise.withResolvers<Planned>();
    desk.checks = () => answered.promise;
    const screen = await opened(desk);
    screen.press('t');
    await screen.shows('spec.replicas  2  →  6', 'asking the API server');
    expect(screen.text()).not.toContain('y does it');
    seen(screen);
    screen.press('y', 'enter');
    await screen.shows('asking the API server');
    answered.resolve(aPlanned({ plans: [aPlan({ serverChecked: 'ok' })] }));
    await screen.shows('Server    ok: asked first', 'y does it');
    screen.press('y');
    await screen.shows('y does it');
    expect(desk.performed).toEqual([]);
    seen(screen);
    screen.press('y');
    await screen.shows('begun');
    expect(desk.performed[0]?.planned.plans[0]?.serverChecked).toBe('ok');
  });

  it('cannot be answered where the API server refuses, and has its words', async () => {
    const desk = aDesk();
    const words = 'admission webhook "prices" denied the request: no releases today';
    const blockers = [{ by: 'the API server', reason: words, until: null, wayOut: null }];
    desk.checks = async () => aPlanned({ plans: [aPlan({ serverChecked: 'refused', blockers })], confirmation: null });
    const screen = await opened(desk);
    screen.press('t');
    await screen.shows('✖ Refused the API server: admission webhook "prices" denied', 'It cannot be done now');
    seen(screen);
    screen.press('y', 'enter');
    await screen.shows('It cannot be done now');
    expect(desk.performed).toEqual([]);
    expect(desk.refused.map(({ plans }) => plans[0]?.blockers)).toEqual([blockers]);
  });

  it('goes on as planned when it was left while the API server was asked', async () => {
    const desk = aDesk();
    const answered = Promise.withResolvers<Planned>();
    desk.checks = () => answered.promise;
    const screen = await opened(desk);
    screen.press('t');
    await screen.shows('asking the API server');
    screen.press('esc');
    await screen.hides('asking the API server');
    answered.resolve(aPlanned());
    screen.press('j');
    await screen.shows('▸ ✖ maple-toys');
    expect(screen.text()).not.toContain('does it');
  });

  it('takes y for what is moderate, and nothing else', async () => {
    const desk = aDesk();
    const screen = await opened(desk);
    screen.press(':', 'scale harbour-shoes --web 6', 'enter');
    await screen.shows('y does it');
    seen(screen);
    screen.press('enter', 'space', 'q', 'Y');
    await screen.shows('y does it');
    expect(desk.performed).toEqual([]);
    screen.press('esc');
    await screen.hides('y does it');
    expect(desk.performed).toEqual([]);
  });

  it('takes Enter for what is mild', async () => {
    const desk = aDesk();
    desk.plans = async () => aPlanned({ confirmation: { kind: 'none' } });
    const screen = await opened(desk);
    screen.press('t');
    await screen.shows('Enter does it');
    seen(screen);
    screen.press('enter');
    await screen.shows('» Scale harbour-shoes: begun');
  });

  it('wants the name typed out for what is severe, and the count for many', async () => {
    const desk = aDesk();
    desk.plans = async () =>
      aPlanned({
        confirmation: { kind: 'typed', text: '2 tenants' },
        plans: [aPlan(), aPlan({ confirmWith: 'maple-toys' })],
      });
    const screen = await opened(desk);
    screen.press('space', 'space', 'K');
    await screen.shows('Type 2 tenants to do it: ▏', 'Scale 2 tenants');
    expect(desk.lines).toEqual(['terminate-session harbour-shoes maple-toys']);
    seen(screen);
    screen.press('y', 'enter');
    await screen.shows('that is not 2 tenants; nothing was done');
    screen.press('ctrl+u', '2 tenants', 'enter');
    await screen.shows('begun');
    expect(desk.performed).toHaveLength(1);
  });

  it('asks for a reason first where one is needed', async () => {
    const desk = aDesk();
    desk.plans = async () => aPlanned({ needsReason: true });
    const screen = await opened(desk);
    screen.press('t');
    await screen.shows('Reason: ▏');
    seen(screen);
    screen.press('enter');
    await screen.shows('say why: it is recorded with what is done');
    screen.press('y', 'enter');
    await screen.shows('Reason: y');
    expect(desk.performed).toEqual([]);
    screen.press('y');
    await screen.shows('begun');
    expect(desk.performed[0]?.reason).toBe('y');
  });

  it('cannot be answered where the plan is refused, and says the way out', async () => {
    const desk = aDesk();
    const blockers = [
      {
        by: 'freeze black-week',
        reason: 'scale is frozen',
        until: '2026-11-30T06:00:00Z',
        wayOut: 'till thaw black-week',
      },
    ];
    desk.plans = async () => aPlanned({ plans: [aPlan({ blockers })], confirmation: null });
    const screen = await opened(desk);
    screen.press('t');
    await screen.shows('✖ Refused', 'freeze black-week: scale is frozen, until Mon 06:00', '→ till thaw black-week');
    seen(screen);
    screen.press('y', 'enter', 'harbour-shoes', 'enter');
    await screen.shows('It cannot be done now');
    expect(desk.performed).toEqual([]);
    expect(desk.refused.map(({ plans }) => plans[0]?.blockers)).toEqual([blockers]);
  });

  it('says where it could not be recorded that it was refused', async () => {
    const desk = aDesk();
    const blockers = [{ by: 'freeze black-week', reason: 'scale is frozen', until: null, wayOut: null }];
    desk.plans = async () => aPlanned({ plans: [aPlan({ blockers })], confirmation: null });
    desk.recording = () => Promise.reject(refusal('the ledger is full', 'make room'));
    const screen = await opened(desk);
    screen.press('t');
    await screen.shows(
      'It cannot be done now',
      'that it was refused could not be recorded: the ledger is full: make room',
    );
  });

  it('shows a refusal by the ledger in place of the question', async () => {
    const desk = aDesk();
    const said = {
      by: 'operation 01JX',
      reason: 'busy',
      message: 'restart still runs',
      until: null,
      wayOut: 'till wait 01JX',
    };
    desk.performs = async () => ({ status: 'refused', operation: '01JY', refusal: said });
    const screen = await opened(desk);
    screen.press('t');
    await screen.shows('y does it');
    seen(screen);
    screen.press('y');
    await screen.shows('operation 01JX: restart still runs', '→ till wait 01JX', 'It cannot be done now');
  });

  it('pins what it asked about: news of the estate changes neither plan nor target', async () => {
    const desk = aDesk();
    const screen = await opened(desk);
    screen.press('t');
    await screen.shows('Scale harbour-shoes', 'y does it');
    screen.watcher.show({ ...writable(), tenants: writable().tenants.toReversed() });
    seen(screen);
    screen.press('y');
    await screen.shows('begun');
    expect(desk.performed[0]?.planned.plans[0]?.tenants).toEqual(['harbour-shoes']);
  });

  it('says first and largest what would be lost for good, and that nothing would', async () => {
    const desk = aDesk();
    const losses = ['37 orders of 4312.50 in all', '2 till sessions', 'an unknown number of payments'];
    desk.plans = async () => aPlanned({ plans: [aPlan({ losses })] });
    const screen = await opened(desk, { columns: 80, rows: 24 });
    screen.press('t');
    await screen.shows('y does it');
    const [head, ...rows] = [screen.rowOf('✖ THIS IS LOST'), ...losses.map((loss) => screen.rowOf(`✖ ${loss}`))];
    expect(rows).toEqual([1, 2, 3].map((by) => (head ?? 0) + by));
    expect(screen.rowOf('Target')).toBeGreaterThan(Math.max(...rows));
    screen.press('esc');
    await screen.hides('THIS IS LOST');
    desk.plans = async () => aPlanned({ plans: [aPlan({ losses: [] })] });
    screen.press('t');
    await screen.shows('● Nothing is lost', 'y does it');
  });

  it('goes back to the line that could not be planned', async () => {
    const desk = aDesk();
    desk.plans = () => Promise.reject(refusal('there is no tenant "harbor"', 'did you mean "harbour-shoes"?'));
    const screen = await opened(desk);
    screen.press(':', 'scale harbor --web 6', 'enter');
    await screen.shows('there is no tenant "harbor": did you mean "harbour-shoes"?', ':scale harbor --web 6');
  });

  it('forgets an answer that comes after it was left', async () => {
    const desk = aDesk();
    const later = Promise.withResolvers<Planned>();
    desk.plans = () => later.promise;
    const screen = await opened(desk);
    screen.press('t');
    await screen.shows('reading what it would change');
    screen.press('esc');
    await screen.hides('reading what it would change');
    later.resolve(aPlanned());
    screen.press('j');
    await screen.shows('▸ ✖ maple-toys');
    expect(screen.text()).not.toContain('does it');
  });

  it.each([
    [40, 10],
    [60, 15],
    [80, 24],
    [200, 60],
  ])('keeps question and way out on a screen of %i×%i', async (columns, rows) => {
    const screen = await openScreen(writable(), { columns, rows, actions, desk: () => aDesk() });
    await screen.shows('harbour');
    screen.press('t');
    await screen.shows('y does it', 'Esc');
    expect(Math.max(...screen.lines().map((line) => line.length))).toBeLessThan(columns);
  });
});

describe('actions in the palette', () => {
  it('complete with tenants, flags and their values', async () => {
    const screen = await opened();
    screen.press(':', 'sca', 'tab');
    await screen.shows(':scale ▏', 'harbour-shoes   maple-toys');
    screen.press('map', 'tab', ' --w', 'tab');
    await screen.shows(':scale maple-toys --web ▏');
    screen.press('4 --tier cr', 'tab');
    await screen.shows(':scale maple-toys --web 4 --tier critical▏');
    screen.press('ctrl+u', 'incident op');
    await screen.shows('open: WHAT');
    screen.press('tab');
    await screen.shows(':incident open ▏', '--severity');
  });
});
