import { afterEach, describe, expect, it } from 'vitest';
import { nordic } from './estates.ts';
import { closeScreens, openScreen } from './harness.ts';

afterEach(closeScreens);

const opened = async (options: Parameters<typeof openScreen>[1] = {}) => {
  const screen = await openScreen(nordic(), { columns: 120, ...options });
  await screen.shows('harbour-shoes');
  return screen;
};

describe('the palette', () => {
  it('offers its words, and completes a name with Tab', async () => {
    const screen = await opened();
    screen.press(':');
    await screen.shows('show TENANT   status', 'show TENANT: open a tenant');
    screen.press('sh', 'tab', 'map', 'tab');
    await screen.shows(':show maple-toys');
    screen.press('enter');
    await screen.shows('[Signals]', 'maple-toys');
  });

  it('completes as far as all offers agree, as a shell does', async () => {
    const screen = await opened();
    screen.press(':', 'th', 'tab');
    await screen.shows(':theme ▏');
    screen.press('l', 'tab', 'enter');
    await screen.hides(':theme');
    expect(screen.saved).toEqual({ theme: 'light' });
  });

  it('keeps what cannot run on the line, and says why', async () => {
    const screen = await opened();
    screen.press(':', 'show maple-tois', 'enter');
    await screen.shows('no tenant is called maple-tois; maple-toys was meant?', ':show maple-tois');
    screen.press('ctrl+u', 'section pods', 'enter');
    await screen.shows('section: no tenant is open');
    screen.press('ctrl+u', 'shwo x', 'enter');
    await screen.shows('no word is called shwo; show was meant?');
    screen.press('ctrl+u', 'sort', 'enter');
    await screen.shows('sort needs a column');
  });

  it('remembers what was run, newest first, and keeps it', async () => {
    const screen = await opened();
    screen.press(':', 'sort name', 'enter', ':', 'sort age', 'enter', ':', 'up');
    await screen.shows(':sort age');
    screen.press('up');
    await screen.shows(':sort name');
    screen.press('down', 'down', 'esc', 'q');
    await screen.left;
    expect(screen.saved.history).toEqual(['sort age', 'sort name']);
  });

  it('filters and sorts with the words of the keys', async () => {
    const screen = await opened();
    screen.press(':', 'filter grade=unknown', 'enter');
    await screen.shows('1 of 12 tenants', 'kaffe-te');
    screen.press('esc', ':', 'sort name reversed', 'enter');
    await screen.shows('TENANT', '▲');
  });

  it('takes a paste as text, and never as keys', async () => {
    const screen = await opened();
    screen.press(':', '\u001b[200~show kaffe\n-te\u001b[201~');
    await screen.shows(':show kaffe -te');
    screen.press('esc', '\u001b[200~q\u001b[201~');
    screen.press('j');
    await screen.shows('▸ ✖ maple-toys');
  });

  it('quits', async () => {
    const screen = await opened();
    screen.press(':', 'q', 'enter');
    expect(await screen.left).toBe(0);
  });
});

describe('help', () => {
  it('lists the keys of the screen it was asked on', async () => {
    const screen = await opened({ rows: 50 });
    screen.press('?');
    await screen.shows('Keys of the tenant table', 'Space', 'Sort by tier', 'Leave till');
    screen.press('esc', 'enter', '?');
    await screen.shows('Keys of a tenant’s screen', 'Section Pods', 'Back to the table');
    expect(screen.text()).not.toContain('Sort by tier');
  });

  it('is looked through by typing, and runs what is chosen', async () => {
    const screen = await opened();
    screen.press('?', 'sort name');
    await screen.shows('▸ N', '1 key');
    screen.press('enter');
    await screen.shows('TENANT ▼', '▸ ● atelier-nine');
  });

  it('shows what cannot run now, with the reason', async () => {
    const screen = await opened();
    screen.press('?', 'mark away');
    await screen.shows('Take every mark away', 'not now: no tenant is marked');
  });
});

describe('themes', () => {
  it('none has no colour, only weight and inversion', async () => {
    const screen = await opened({ theme: 'none' });
    screen.press('j');
    await screen.shows('▸ ✖ maple-toys');
    const styles = new Set(
      screen
        .written()
        .match(/(?<=\[)[\d;]*(?=m)/g)
        ?.flatMap((style) => style.split(';')),
    );
    expect([...styles].sort()).toEqual(['0', '1', '22', '27', '7']);
  });

  it.each([
    ['dark', 91],
    ['light', 31],
  ])('%s says with colour what glyphs say without', async (theme, red) => {
    const screen = await opened({ theme });
    expect(screen.written()).toContain(`${red}m✖`);
    expect(screen.line(screen.rowOf('harbour-shoes'))).toMatch(/^▸ ✖ harbour-shoes/);
  });

  it('NO_COLOR comes before what was kept', async () => {
    const screen = await opened({ theme: 'dark', env: { NO_COLOR: '1' } });
    expect(screen.written()).not.toMatch(/\[(?:\d+;)*[39]\d(?:;\d+)*m/);
  });
});
