import { afterEach, describe, expect, it } from 'vitest';
import { actions, aDesk, anEntry, anOperation, aPlanned, aStanding, type FakeDesk } from './desks.ts';
import { nordic } from './estates.ts';
import { closeScreens, openScreen } from './harness.ts';
import { ago } from './makers.ts';

afterEach(closeScreens);

async function opened(desk: FakeDesk, options: Parameters<typeof openScreen>[1] = {}) {
  const screen = await openScreen(nordic(), { columns: 120, rows: 30, actions, desk: () => desk, ...options });
  await screen.shows('harbour-shoes', ': palette');
  return screen;
}

const restart = anOperation({
  operation: '01JDA0000000000000000000B2',
  action: 'restart',
  tenants: ['maple-toys'],
  progress: { at: 0, words: 'waiting for pods', done: 2, of: 3 },
});
const done = anOperation({
  operation: '01JDA0000000000000000000C3',
  status: 'ok',
  message: 'web has 6 of 6',
  endedAt: ago(300),
});

describe('what runs', () => {
  it('stands in the header of every screen, with how far the newest is', async () => {
    const desk = aDesk();
    const screen = await opened(desk);
    desk.stand(aStanding({ running: [restart, anOperation()] }));
    await screen.shows('» 2 running: restart maple-toys ███── 2/3');
    screen.press('enter');
    await screen.shows('[Signals]', '» 2 running: restart maple-toys');
  });

  it('is counted in bytes where it copies them, with the rate and what is left', async () => {
    const desk = aDesk();
    const screen = await opened(desk);
    const MiB = 1024 ** 2;
    const copied = (done: number) =>
      anOperation({
        ...{ action: 'backup', tenants: ['maple-toys'], message: 'dumping maple_toys' },
        progress: {
          ...{ at: 0, words: 'dumping maple_toys', done: done * MiB, of: 1024 * MiB, unit: 'bytes' },
          pace: { rate: 48 * MiB, leftSeconds: 8.4 },
        },
      });
    desk.stand(aStanding({ running: [copied(622)] }));
    await screen.shows('» backup maple-toys ███── 60 % 8s left');
    screen.press('o');
    await screen.shows('██████──── 60 %  622 MiB of 1.0 GiB · 48.0 MiB/s · 8s left  dumping maple_toys');
    // What is not done looks like it, however little is left.
    desk.stand(aStanding({ running: [copied(1_023.9)] }));
    await screen.shows('█████████─ 99 %');
  });

  it('keeps a mark of it where there is little room', async () => {
    const desk = aDesk();
    const screen = await opened(desk, { columns: 60, rows: 15 });
    desk.stand(aStanding({ running: [restart] }));
    await screen.shows('» ');
  });

  it('says how it ended in a glyph and a word', async () => {
    const desk = aDesk();
    const screen = await opened(desk);
    desk.stand(aStanding({ running: [restart] }));
    await screen.shows('» restart maple-toys');
    desk.stand(
      aStanding({ ended: [{ ...restart, status: 'failed', message: 'one pod never came up', endedAt: ago(0) }] }),
    );
    await screen.shows('✖ restart maple-toys: failed, one pod never came up');
    await screen.hides('» restart');
  });

  it('says nothing of what had ended before', async () => {
    const desk = aDesk();
    desk.follow = (listener) => {
      listener(aStanding({ ended: [done] }));
      return () => undefined;
    };
    const screen = await opened(desk);
    screen.press('o');
    await screen.shows('● ok', 'scale harbour-shoes');
    screen.press('esc');
    await screen.shows('TENANT');
    expect(screen.text()).not.toContain('web has 6 of 6');
  });
});

describe('the list of operations', () => {
  it('shows running ones first, then those that ended', async () => {
    const desk = aDesk();
    const screen = await opened(desk, { columns: 100, rows: 16 });
    desk.stand(aStanding({ running: [restart], ended: [done] }));
    screen.press('o');
    await screen.shows('Operations   1 running', 'UTC');
    expect(screen.text()).toMatchInlineSnapshot(`
      " nordic   READ-ONLY   » restart maple-toys ███── 2/3   ‖ black-week           Fri 27 Nov 09:41 UTC
       Operations   1 running
      ───────────────────────────────────────────────────────────────────────────────────────────────────
          STATUS  WHAT                   AGO HOW FAR
      ▸ » running restart maple-toys     40s ███████─── 2/3  waiting for pods                            
        ● ok      scale harbour-shoes  5m00s web has 6 of 6








       01JDA0000000000000000000B2 by kim
       Enter entries   x stop   (u undo)  Esc back   : palette   ? keys   q quit   o operations"
    `);
  });

  it('stops what runs and undoes what ended, and says why not the other way round', async () => {
    const desk = aDesk();
    desk.plans = async () => aPlanned({ title: 'Undo: scale' });
    const screen = await opened(desk);
    desk.stand(aStanding({ running: [restart], ended: [done] }));
    screen.press('o');
    await screen.shows('1 running');
    screen.press('u');
    await screen.shows('it still runs; x stops it');
    screen.press('x');
    await screen.shows('it is asked to end between two steps');
    expect(desk.stopped).toEqual([restart.operation]);
    screen.press('j', 'x');
    await screen.shows('it does not run');
    screen.press('u');
    await screen.shows('Undo: scale harbour-shoes', 'y does it');
    expect(desk.undone).toEqual([done.operation]);
  });

  it('leads to what the ledger has on one of them, and on to a whole entry', async () => {
    const desk = aDesk([anEntry(7), anEntry(8, { operation: 'another', reason: 'not this one' })]);
    const screen = await opened(desk);
    desk.stand(aStanding({ ended: [{ ...done, operation: '01JDA0000000000000000000A1' }] }));
    screen.press('o');
    await screen.shows('● ok');
    screen.press('enter');
    await screen.shows('Ledger of 01JDA0000000000000000000A1', '1 entry', 'queue at the tills');
    expect(screen.text()).not.toContain('not this one');
    screen.press('enter');
    await screen.shows('Entry 7', 'actor.asserted.user', 'kim', 'target.tenants');
    screen.press('esc', 'esc');
    await screen.shows('Operations');
  });

  it('says that the ledger could not be read, and never that nothing was done', async () => {
    const desk = aDesk();
    const screen = await opened(desk);
    desk.stand(aStanding({ failure: 'this ledger belongs to kim on bastion' }));
    screen.press('o');
    await screen.shows('? the ledger could not be read: this ledger belongs to kim on bastion');
  });
});

describe('the ledger', () => {
  it('shows the newest entries and filters by any word in them', async () => {
    const desk = aDesk([anEntry(2), anEntry(1, { action: 'restart', reason: 'stuck workers' })]);
    const screen = await opened(desk);
    screen.press(':', 'ledger', 'enter');
    await screen.shows('Ledger   2 entries, newest first', 'intent scale harbour-shoes', 'intent restart');
    screen.press('/', 'stuck');
    await screen.shows('1 shown', '1 of 2 entries');
    screen.press('enter');
    await screen.shows('/ stuck', 'intent restart');
    screen.press('esc');
    await screen.shows('2 entries');
    screen.press('esc');
    await screen.shows('TENANT');
  });

  it('shows nothing that a terminal would obey', async () => {
    const desk = aDesk([anEntry(1, { reason: 'a\u001b[2Jb\u202e' })]);
    const screen = await opened(desk);
    screen.press(':', 'audit', 'enter');
    await screen.shows('intent scale');
    expect(screen.text()).toContain('harbour-shoes');
    expect(screen.written()).not.toContain('a\u001b[2Jb');
  });
});

describe('freezes and incidents of the ledger', () => {
  const standing = aStanding({
    incidents: [{ incident: 'I1', name: 'checkout-down', severity: 'SEV1', tenants: ['maple-toys'] }],
    freezes: [
      { name: 'data-move', until: '2026-11-27T12:00:00Z', reason: null, allows: ['scale'], tenants: ['maple-toys'] },
    ],
  });

  it('stand in the header and mark their tenants', async () => {
    const desk = aDesk();
    const screen = await opened(desk);
    desk.stand(standing);
    await screen.shows('! SEV1 checkout-down', 'maple-toys');
    screen.press('j', 'enter');
    await screen.shows('‖ data-move until Fri 12:00', '! checkout-down');
  });

  it('forbid the keys of what the freeze does not allow', async () => {
    const desk = aDesk();
    const screen = await openScreen(
      { ...nordic(), estate: { ...nordic().estate, mode: 'READ-WRITE' } },
      { columns: 120, rows: 30, actions, desk: () => desk },
    );
    await screen.shows('s scale');
    desk.stand(standing);
    screen.press('j', 'K');
    await screen.shows('maple-toys is frozen by data-move until Fri 12:00: wait, or :thaw data-move');
    screen.press('s');
    await screen.shows(':scale maple-toys --web ▏');
  });
});
