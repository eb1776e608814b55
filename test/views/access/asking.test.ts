import { afterEach, describe, expect, it } from 'vitest';
import { grantableActions } from '#actions/access/free-actions.ts';
import { actions as registered } from '#actions/definitions/index.ts';
import { aDesk, aPlan, aPlanned, aWish, refusal } from '../desks.ts';
import { aGrant, anAccess, vote } from '../grants.ts';
import { closeScreens } from '../harness.ts';
import { opened, seen } from './world.ts';

afterEach(closeScreens);

describe('asking for access', () => {
  it('begins with the marked tenants, says what it takes, and asks before it asks', async () => {
    const desk = aDesk();
    const screen = await opened(desk, anAccess('kim', []));
    screen.press('space', 'space', 'a');
    await screen.shows('Nobody has asked for access. n asks for some.');
    screen.press('n');
    await screen.shows('Ask for access', 'Tenants  harbour-shoes, maple-toys', 'For      30m', 'Actions  ▏');
    screen.press('restart', 'enter');
    await screen.shows('Reason   ▏');
    screen.press('stuck workers', 'enter');
    await screen.shows(
      ...['Permits   restart', '2 tenants: harbour-shoes, maple-toys', 'Needs     1 of sre   by rule production'],
      "till access request --for 30m --tenants harbour-shoes,maple-toys --actions restart --reason 'stuck",
    );
    expect(desk.deeds).toEqual([]);
    seen(screen);
    screen.press('y');
    await screen.shows('● done');
    expect(desk.deeds[0]?.deed).toMatchObject({
      kind: 'request',
      wish: { tenants: ['harbour-shoes', 'maple-toys'], actions: ['restart'], reason: 'stuck workers' },
    });
  });

  it('names the actions that a grant may be for, also those that only take back with some words', async () => {
    const screen = await opened(aDesk(), anAccess('kim', []), { actions: registered, columns: 300 });
    screen.press('a', 'n');
    await screen.shows('what is to be done there', 'scale', 'maintenance', 'throttle');
    const read = screen.text().replaceAll(/[\s│]+/gu, ' ');
    expect(read).toContain(`there, commas between: ${grantableActions().join(', ')} `);
  });

  it('has no answer where no rule permits it, and goes back to the form', async () => {
    const desk = aDesk();
    desk.wishes = async () =>
      aWish({
        demand: { forbidden: [{ tenant: 'maple-toys', action: 'restore' }], needs: [], seconds: 600, rules: ['r'] },
      });
    const screen = await opened(desk, anAccess('kim', []));
    screen.press('a', 'n');
    await screen.shows('Actions  ▏');
    screen.press('restore', 'enter', 'why not', 'enter');
    await screen.shows(
      'no rule permits restore on maple-toys now',
      'at most 10m by these rules',
      'It would be refused',
    );
    seen(screen);
    screen.press('y', 'esc');
    await screen.shows('Reason   why not');
    expect(desk.deeds).toEqual([]);
  });

  it('is offered where an action lacks a grant, with the line that the command would take', async () => {
    const desk = aDesk();
    const way = "till access request --for 30m --tenants harbour-shoes --actions touch --reason 'slow tills'";
    const blocker = {
      by: 'access policy ab12',
      reason: 'touch on harbour-shoes needs a grant',
      until: null,
      wayOut: way,
    };
    desk.plans = async () => aPlanned({ plans: [aPlan({ blockers: [blocker] })], confirmation: null, wayToGrant: way });
    const screen = await opened(desk, anAccess('kim', []));
    await screen.shows('READ-ONLY', 't touch');
    screen.press('t');
    await screen.shows('touch on harbour-shoes needs a grant', `→ ${way}`, 'n asks for access');
    seen(screen);
    screen.press('n');
    await screen.shows(
      'Ask for access',
      'Tenants  harbour-shoes',
      'Actions  touch',
      'For      30m',
      'Reason   slow tills',
    );
  });

  it('starts the grant that was approved, where that is what an action lacks', async () => {
    const desk = aDesk();
    const grant = aGrant({ status: 'approved', votes: [vote('bob')] });
    const way = `approved: till access activate ${grant.grant}`;
    desk.plans = async () => aPlanned({ confirmation: null, wayToGrant: way });
    const screen = await opened(desk, anAccess('kim', [grant]));
    screen.press('t');
    await screen.shows('n starts the grant that was approved');
    seen(screen);
    screen.press('n');
    await screen.shows('Start: kim', 'y starts its clock');
    seen(screen);
    screen.press('y');
    await screen.shows('● done');
    expect(desk.deeds).toEqual([{ deed: { kind: 'activate', grant }, said: null }]);
  });

  it('keeps what was typed when it is refused', async () => {
    const desk = aDesk();
    desk.deeding = () => Promise.reject(refusal('the access policy has changed since', 'ask again'));
    const screen = await opened(desk, anAccess('kim', []));
    screen.press('a', 'n', 'restart', 'enter', 'stuck', 'enter');
    await screen.shows('y asks for it');
    seen(screen);
    screen.press('y');
    await screen.shows('the access policy has changed since: ask again', 'Reason   stuck');
  });
});
