import { afterEach, describe, expect, it } from 'vitest';
import { aDesk, type FakeDesk } from '../desks.ts';
import { aGrant, anAccess, anActive, vote } from '../grants.ts';
import { closeScreens } from '../harness.ts';
import { blackFriday } from '../makers.ts';
import { opened } from './world.ts';

afterEach(closeScreens);

describe('the list of grants', () => {
  it('shows what waits for me first, then what is open, then what has ended', async () => {
    const access = anAccess('kim', [
      aGrant({ subject: 'bob', tenants: ['harbour-shoes', 'maple-toys'], reason: 'queue is long' }),
      anActive(1_780, { subject: 'kim' }),
      aGrant({ subject: 'kim', actions: ['scale', 'rollback'] }),
      anActive(-40, { subject: 'bob', status: 'revoked', endedAt: new Date(blackFriday - 40_000).toISOString() }),
    ]);
    const screen = await opened(aDesk(), access, { columns: 100, rows: 20 });
    await screen.shows('→ 1 waits for you');
    screen.press('a');
    await screen.shows('Access', '1 for you · 2 open · 1 ended lately', 'UTC');
    expect(screen.text()).toMatchInlineSnapshot(`
      " nordic   → 1 waits for you   ‖ black-week             Fri 27 Nov 09:41 UTC    ELEVATED 29:40 left 
       Access   1 for you · 2 open · 1 ended lately
      ───────────────────────────────────────────────────────────────────────────────────────────────────
          STATUS          LEFT WHO  MAY             ON               DECIDED
      ▸ → approve: sre for 30m bob  restart         harbour-shoes +1 needs 1 of sre                      
        ● active         29:40 kim  restart         harbour-shoes    by bob for sre
        ◇ pending      for 30m kim  scale, rollback harbour-shoes    needs 1 of sre                      
        ⊘ revoked      40s ago bob  restart         harbour-shoes    by bob for sre








      ───────────────────────────────────────────────────────────────────────────────────────────────────
       bob: queue is long   CHG-7
       waits for 1 of sre
       Enter open   n ask   a approve   d deny   (s start)  r revoke   L lock   : palette   ? keys"
    `);
  });
});

describe('a grant', () => {
  it('says what it permits, for how long, who decided and what is left behind', async () => {
    const grant = anActive(600, {
      ...{ tenants: ['harbour-shoes', 'maple-toys'], actions: ['restart', 'scale'] },
      votes: [{ ...vote('bob'), comment: 'seen the graphs' }],
      credentials: [
        {
          ...{ id: 'c1', system: 'kubernetes', where: 'eu-prod', tenants: ['harbour-shoes'], jti: 'j1' },
          ...{ name: 'harbour-shoes/till-01jd', expiresAt: null, retiredAt: null },
          residualUntil: new Date(blackFriday + 660_000).toISOString(),
          residual: 'the API server lets a token live 60 s longer',
        },
      ],
    });
    const screen = await opened(aDesk(), anAccess('kim', [grant]), { columns: 100, rows: 30 });
    await screen.shows('ELEVATED');
    screen.press('a');
    await screen.shows('by bob for sre', 'residual until 09:52');
    screen.press('enter');
    await screen.shows(
      ...['Grant ● active  kim   10:00 left', 'Permits   restart, scale', '2 tenants: harbour-shoes, maple-toys'],
      ...['10:00 left of 30m, until 09:51', 'Approved  bob for sre', 'seen the graphs', 'Ticket    CHG-7'],
      ...['Residual  until 09:52', 'kubernetes eu-prod: harbour-shoes/till-01jd', 'lets a token live 60 s longer'],
      ...['asked for by kim (says: 10.0.0.9, pts/4)'],
    );
    screen.press('esc');
    await screen.shows('nothing waits for you');
  });

  it('shows the lines of the plan that it is for, and asks for no approval before they are there', async () => {
    const desk = aDesk();
    const story = Promise.withResolvers<Awaited<ReturnType<FakeDesk['stories']>>>();
    desk.stories = () => story.promise;
    const screen = await opened(desk, anAccess('bob', [aGrant({ form: 'plan', plan: '9c41aa', uses: 1 })]));
    await screen.shows('→ 1 waits for you');
    screen.press('a', 'a');
    await screen.shows('… reading the plan that it is for');
    screen.press('enter', 'y');
    story.resolve({ plan: ['scale harbour-shoes', 'Deployment odoo-web spec.replicas  2  →  6'], entries: [] });
    await screen.shows('9c41aa alone', '0 of 1 use', 'spec.replicas  2  →  6', 'Comment (if any)');
    expect(desk.deeds).toEqual([]);
  });
});
