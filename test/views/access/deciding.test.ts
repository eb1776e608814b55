import { afterEach, describe, expect, it } from 'vitest';
import { aDesk, aStanding } from '../desks.ts';
import { aGrant, anAccess, anActive } from '../grants.ts';
import { closeScreens } from '../harness.ts';
import { opened, seen } from './world.ts';

afterEach(closeScreens);

describe('approving', () => {
  it('shows what it permits before anything else, and approves for the group that is missing', async () => {
    const desk = aDesk();
    const grant = aGrant({ tenants: ['harbour-shoes', 'maple-toys'] });
    const screen = await opened(desk, anAccess('bob', [grant]));
    await screen.shows('→ 1 waits for you');
    screen.press('a', 'a');
    await screen.shows('Approve for sre: kim', 'Comment (if any): ▏', 'approves it for sre');
    expect(screen.rowOf('Permits   restart')).toBe(screen.rowOf('Approve for sre') + 1);
    seen(screen);
    screen.press('seen the graphs', 'enter');
    await screen.shows('Comment (if any): seen the graphs');
    screen.press('y');
    await screen.shows('● done');
    expect(desk.deeds).toEqual([{ deed: { kind: 'approve', grant, group: 'sre' }, said: 'seen the graphs' }]);
  });

  it('ignores keys that were typed before the question could be seen', async () => {
    const desk = aDesk();
    const screen = await opened(desk, anAccess('bob', [aGrant()]));
    await screen.shows('→ 1 waits for you');
    screen.press('a', 'a', 'enter', 'y');
    await screen.shows('approves it for sre');
    screen.press('enter', 'y');
    screen.press('esc');
    await screen.hides('approves it for sre');
    expect(desk.deeds).toEqual([]);
  });

  it.each([
    ['kim', 'kim asked for it or may use it: somebody else has to approve it'],
    ['dan', 'dan cannot approve it for sre'],
  ])('stays in sight for %s and says why not', async (me, why) => {
    const desk = aDesk();
    const screen = await opened(desk, anAccess(me, [aGrant()]));
    screen.press('a');
    await screen.shows('1 open', '(a approve)');
    screen.press('a');
    await screen.shows(why);
    expect(desk.deeds).toEqual([]);
  });

  it('pins what was shown: what is approved is the request that was read', async () => {
    const desk = aDesk();
    const grant = aGrant();
    const screen = await opened(desk, anAccess('bob', [grant]));
    await screen.shows('→ 1 waits for you');
    screen.press('a', 'a');
    await screen.shows('approves it for sre');
    desk.stand(aStanding({ access: anAccess('bob', [{ ...grant, digest: 'ffff', tenants: ['maple-toys'] }]) }));
    await screen.shows('harbour-shoes');
    seen(screen);
    screen.press('enter', 'y');
    await screen.shows('● done');
    expect(desk.deeds[0]?.deed).toMatchObject({ grant: { digest: grant.digest, tenants: ['harbour-shoes'] } });
  });
});

describe('taking away', () => {
  it('revokes anybody’s grant, with a reason if there is one', async () => {
    const desk = aDesk();
    const grant = anActive(600);
    const screen = await opened(desk, anAccess('dan', [grant]));
    screen.press('a');
    await screen.shows('● active', 'r revoke');
    screen.press('r');
    await screen.shows('Revoke: kim', 'Reason (if any): ▏', 'takes it away now');
    seen(screen);
    screen.press('laptop stolen', 'enter', 'y');
    await screen.shows('● done');
    expect(desk.deeds).toEqual([{ deed: { kind: 'revoke', grant }, said: 'laptop stolen' }]);
  });

  it('locks a person only for a reason and when the name is typed out', async () => {
    const desk = aDesk();
    const screen = await opened(desk, anAccess('dan', [anActive(600)]));
    screen.press('a');
    await screen.shows('● active');
    screen.press('L');
    await screen.shows('Lock kim', '1 open grant', 'active: restart on harbour-shoes', 'Type kim to do it');
    seen(screen);
    screen.press('enter');
    await screen.shows('say why: it is recorded');
    screen.press('stolen', 'enter', 'bob', 'enter');
    await screen.shows('that is not kim; nothing was done');
    screen.press('ctrl+u', 'kim', 'enter');
    await screen.shows('● done');
    expect(desk.deeds).toEqual([{ deed: { kind: 'lock', person: 'kim' }, said: 'stolen' }]);
  });

  it('goes on while the ledger is away, and nothing else does', async () => {
    const desk = aDesk();
    const access = anAccess('bob', [aGrant()]);
    const screen = await opened(desk, access);
    await screen.shows('→ 1 waits for you');
    desk.stand(aStanding({ access, isAway: true, failure: 'no route to ledger-1' }));
    await screen.shows('? ledger away: only revoke, lock, freeze work');
    screen.press('a');
    await screen.shows('(a approve)', 'r revoke', 'L lock', '(n ask)');
    screen.press('a');
    await screen.shows('ledger away: only revoke, lock, freeze work');
    screen.press('esc', 's');
    await screen.shows('TENANT', '(s scale)');
  });
});
