import { afterEach, describe, expect, it } from 'vitest';
import { aDesk, aStanding } from '../desks.ts';
import { aGlass, anAccess } from '../grants.ts';
import { closeScreens } from '../harness.ts';
import { blackFriday } from '../makers.ts';
import { opened, seen } from './world.ts';

afterEach(closeScreens);

describe('break-glass', () => {
  it('is loud, needs a reason, and is typed out', async () => {
    const desk = aDesk();
    const screen = await opened(desk, anAccess('kim', []));
    screen.press(':', 'break-glass', 'enter');
    await screen.shows('! BREAK GLASS: access that nobody approves', 'Actions  ▏');
    screen.press('restart', 'enter', 'enter');
    await screen.shows('why nobody can be asked first');
    screen.press('tills are down', 'enter');
    await screen.shows('nobody beforehand', 'until somebody else has reviewed it', 'Type harbour-shoes to do it: ▏');
    seen(screen);
    screen.press('y', 'enter');
    await screen.shows('that is not harbour-shoes; nothing was done');
    screen.press('ctrl+u', 'harbour-shoes', 'enter');
    await screen.shows('● done');
    expect(desk.deeds[0]?.deed).toMatchObject({ kind: 'break-glass', wish: { reason: 'tills are down' } });
  });

  it('stands on every screen while it is open, and after it until somebody else has reviewed it', async () => {
    const desk = aDesk();
    const glass = aGlass(90);
    const screen = await opened(desk, anAccess('lea', [glass]), { columns: 120, rows: 30 });
    await screen.shows('! BREAK-GLASS 01:30  bob: restart on harbour-shoes: tills are down', 'TENANT');
    expect(screen.rowOf('BREAK-GLASS')).toBe(1);
    screen.press('enter');
    await screen.shows('! BREAK-GLASS', '[Signals]');
    screen.clock.set(blackFriday + 91_000);
    await screen.shows('! REVIEW', 'waits for somebody else to review it');
    screen.press('a');
    await screen.shows('→ review', 'v review');
    screen.press('v');
    await screen.shows('Review of break-glass by bob', 'j it was justified', 'x it was not', 'lea, leo: they are told');
    seen(screen);
    screen.press('enter');
    await screen.shows('say why: it is recorded');
    screen.press('tills were down', 'enter', 'x');
    await screen.shows('● done');
    expect(desk.deeds[0]).toMatchObject({
      deed: { kind: 'review', verdict: 'not-justified' },
      said: 'tills were down',
    });
    const review = { person: 'lea', verdict: 'not-justified', note: null, at: glass.requestedAt } as const;
    desk.stand(aStanding({ access: anAccess('lea', [{ ...glass, review }]) }));
    await screen.hides('! REVIEW');
  });

  it('is not to be reviewed by whoever broke it', async () => {
    const screen = await opened(aDesk(), anAccess('bob', [aGlass(90)]));
    await screen.shows('! BREAK-GLASS');
    screen.press('a', 'v');
    await screen.shows('bob asked for it or may use it: somebody else has to review it');
  });
});
