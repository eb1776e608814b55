import { afterEach, describe, expect, it } from 'vitest';
import { cells } from '#text/width.ts';
import { closeScreens, openScreen } from './harness.ts';
import { aDetail, aLayer, aPicture, aPod, aSession, aTenant, ready } from './makers.ts';

afterEach(closeScreens);

const nasty = [
  ['clears the screen', '\u001b[2J\u001b[H', ''],
  ['sets the title', '\u001b]0;owned\u0007', ''],
  ['rings and goes back', '\u0007\r\b', ' '],
  ['opens a link', '\u001b]8;;http://evil.example\u001b\\click\u001b]8;;\u001b\\', 'click'],
  ['is a C1 control', '\u009b31m', ''],
  ['turns the line round', '\u202Eneddih\u202C', 'neddih'],
  ['asks the terminal', '\u001b[c\u001b[6n\u001bP+q544e\u001b\\', ''],
  ['breaks the line', 'one\ntwo\ttabs', 'one two tabs'],
] as const;

describe('texts from outside', () => {
  it.each(nasty)('that say something which %s are shown without it', async (_, text, shown) => {
    const tenant = aTenant('victim', {
      layers: { platform: aLayer('critical', { message: `before${text}after` }), application: null, business: null },
    });
    const screen = await openScreen(aPicture([tenant, aTenant('next')]), { columns: 120 });
    await screen.shows(`before${shown}after`, 'next');
    expect(screen.written()).not.toContain(text);
    expect(screen.line(0)).toMatch(/^ nordic/);
    expect(screen.line(-1)).toContain('Enter open');
  });

  it.each([
    ['wide', '倉庫の在庫が足りません', 'ショップ'],
    ['Hebrew', 'שגיאה במסד הנתונים', 'חנות'],
    ['Arabic', 'خطأ في قاعدة البيانات', 'متجر'],
    ['combining', 'Cafe\u0301 ouvert\u0301', 'cafe\u0301'],
    ['emoji', 'out of 🛒 and 📦', '🛒-shop'],
  ])('in %s letters keep every column in its place', async (_, message, name) => {
    const layers = { platform: aLayer('warn', { message }), application: aLayer('ok'), business: aLayer('ok') };
    const screen = await openScreen(aPicture([aTenant(name, { layers }), aTenant('plain', { layers })]), {
      columns: 100,
    });
    await screen.shows('plain', message);
    const [other, plain] = [screen.line(screen.rowOf('plain') - 1), screen.line(screen.rowOf('plain'))];
    const cellsBefore = (line: string) => cells(line.slice(0, line.indexOf('standard')));
    expect(cellsBefore(other)).toBe(cellsBefore(plain));
    expect(cells(other)).toBe(cells(plain));
  });

  it('show the first of an emoji made of several, which every terminal thinks two cells wide', async () => {
    const message = 'family 👩‍👩‍👧 thumbs 👍🏽 heart ❤️ one 1️⃣ end';
    const layers = { platform: aLayer('warn', { message }), application: null, business: null };
    const screen = await openScreen(aPicture([aTenant('shop', { layers })]), { columns: 120 });
    await screen.shows('family 👩 thumbs 👍 heart ❤ one 1 end');
  });

  it('longer than any column are cut with …, never in the middle of a wide letter', async () => {
    const message = '倉'.repeat(200);
    const tenant = aTenant('x'.repeat(80), {
      layers: { platform: aLayer('warn', { message }), application: null, business: null },
    });
    for (const columns of [79, 80, 81]) {
      const screen = await openScreen(aPicture([tenant]), { columns });
      await screen.shows('倉…', 'xxx…');
      expect(Math.max(...screen.lines().map(cells))).toBeLessThan(columns);
      closeScreens();
    }
  });

  it('of pods and queries are cleaned as well', async () => {
    const status = aTenant('victim');
    const screen = await openScreen(aPicture([status]), {
      columns: 120,
      detailOf: () =>
        aDetail(status, {
          pods: ready(aPod('web-\u001b[31mred', { status: 'Error\u001b[2J' })),
          sessions: ready(aSession(1, { query: 'SELECT \u001b]0;owned\u0007 1' })),
        }),
    });
    await screen.shows('▸ ● victim');
    screen.press('enter', '3');
    await screen.shows('web-red', 'Error');
    screen.press('4');
    await screen.shows('SELECT  1');
    expect(screen.written()).not.toContain('\u001b[2J');
    expect(screen.written()).not.toContain('owned');
  });

  it('typed or pasted into the filter are cleaned before they are shown', async () => {
    const screen = await openScreen(aPicture([aTenant('victim')]));
    await screen.shows('victim');
    screen.press('/', '\u001b[200~vic\u0007\u202Etim\u001b[201~');
    await screen.shows('/victim', '1 shown');
  });
});
