import { afterEach, describe, expect, it } from 'vitest';
import { grantableActions } from '#actions/access/free-actions.ts';
import { actions as registered } from '#actions/definitions/index.ts';
import type { Grant } from '#ledger/access/grant.ts';
import { accessNews } from '#views/acting/access-news.ts';
import { actions, aDesk, aPlan, aPlanned, aStanding, aWish, type FakeDesk, refusal } from './desks.ts';
import { nordic } from './estates.ts';
import { aGlass, aGrant, anAccess, anActive, policy, vote } from './grants.ts';
import { closeScreens, openScreen, type TestScreen } from './harness.ts';
import { blackFriday } from './makers.ts';

afterEach(closeScreens);

async function opened(
  desk: FakeDesk,
  access: ReturnType<typeof anAccess> | null,
  options: Parameters<typeof openScreen>[1] = {},
): Promise<TestScreen> {
  const screen = await openScreen(nordic(), { columns: 120, rows: 30, actions, desk: () => desk, ...options });
  await screen.shows('harbour', ': palette');
  desk.stand(aStanding({ access }));
  return screen;
}

/** Long enough for a question to have been seen. */
const seen = (screen: TestScreen) => screen.clock.pass(400);

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

describe('the header', () => {
  it('counts down by the ledger’s clock, and is READ-ONLY again at 0 though nobody says so', async () => {
    const desk = aDesk();
    // The ledger is ten seconds ahead of this host.
    const screen = await opened(desk, anAccess('kim', [anActive(75)], { offsetMs: 10_000 }));
    await screen.shows('ELEVATED 01:05 left');
    screen.clock.set(blackFriday + 5_000);
    await screen.shows('ELEVATED 01:00 left');
    screen.clock.set(blackFriday + 64_999);
    await screen.shows('ELEVATED 00:00 left');
    screen.clock.set(blackFriday + 65_000);
    await screen.shows('READ-ONLY');
    expect(screen.text()).not.toContain('ELEVATED');
  });

  it('sends only the cells of the countdown, once a second', async () => {
    const screen = await opened(aDesk(), anAccess('kim', [anActive(1_800)]), { columns: 200, rows: 60 });
    await screen.shows('ELEVATED 30:00 left', 'UTC');
    screen.clock.set(blackFriday + 1_000);
    await screen.shows('ELEVATED 29:59 left');
    const before = screen.written().length;
    screen.clock.set(blackFriday + 2_000);
    await screen.shows('ELEVATED 29:58 left');
    const sent = screen.written().slice(before);
    expect(sent).toContain('8 left');
    expect(sent).not.toContain('29:58');
    expect(sent.length).toBeLessThan(80);
  });

  it('ends with a revocation as soon as it is told, and says so', async () => {
    const desk = aDesk();
    const grant = anActive(600);
    const screen = await opened(desk, anAccess('kim', [grant]));
    await screen.shows('ELEVATED 10:00 left');
    desk.stand(aStanding({ access: anAccess('kim', [{ ...grant, status: 'revoked', endedAt: grant.activatedAt }]) }));
    await screen.shows('READ-ONLY', '⊘ your grant was revoked');
  });

  it('says that a policy is proposed and not in force, and that somebody is locked', async () => {
    const proposal = {
      ...{ policy: '01JDQ', seq: 9, digest: 'cd', body: policy, proposedAt: '2026-11-27T08:00:00Z' },
      ...{ proposedBy: 'lea', approvedBy: ['lea'] },
    };
    const asserted = { by: 'postgresql', login: 'lea', address: null, server: '7301' } as const;
    const claimed = { app: null, person: null, tty: null, from: null, session: null };
    const lock = {
      ...{ lock: 'L1', seq: 8, at: '2026-11-27T08:00:00Z', person: 'kim', reason: 'laptop stolen', until: null },
      actor: { asserted, claimed },
    };
    const changes = { proposals: new Map([['01JDQ', proposal]]), locks: new Map([['L1', lock]]) };
    const screen = await opened(aDesk(), anAccess('kim', [anActive(600)], changes));
    await screen.shows(
      '✖ LOCKED  kim: laptop stolen',
      '▲ POLICY  proposed by lea, not in force: 1 of 2 leads',
      'READ-ONLY',
    );
    screen.press('t');
    await screen.shows('kim is locked: laptop stolen');
  });

  it('tells of a request that has come for me', async () => {
    const desk = aDesk();
    const screen = await opened(desk, anAccess('bob', []));
    await screen.shows('READ-ONLY');
    desk.stand(aStanding({ access: anAccess('bob', [aGrant()]) }));
    await screen.shows('→ kim asks for restart on harbour-shoes: a shows it', '→ 1 waits for you');
  });
});

describe('access words of the palette', () => {
  it('lead to the same questions as the keys', async () => {
    const desk = aDesk();
    const grant = anActive(600);
    const screen = await opened(desk, anAccess('dan', [grant]));
    await screen.shows('READ-ONLY');
    screen.press(':', `access revoke ${grant.grant} --reason "laptop stolen"`, 'enter');
    await screen.shows('Revoke: kim', 'Reason (if any): laptop stolen');
    screen.press('esc');
    await screen.hides('Revoke: kim');
    screen.press(':', 'access lock nobody', 'enter');
    await screen.shows('the access policy names nobody called nobody; there are kim, bob');
    screen.press('ctrl+u', 'access show 01ZZ', 'enter');
    await screen.shows('there is no grant 01ZZ');
    screen.press('ctrl+u', 'access request --tenants maple-toys --for 1h', 'enter');
    await screen.shows('Tenants  maple-toys', 'For      1h', 'Actions  ▏');
  });
});

describe('every screen of access', () => {
  it.each([
    [40, 10],
    [80, 24],
    [200, 60],
  ])('keeps within %i×%i, with what may not be forgotten', async (columns, rows) => {
    const grants = [
      aGlass(90),
      aGrant({ reason: 'x'.repeat(300), tenants: Array(40).fill('harbour-shoes') }),
      anActive(5),
    ];
    const screen = await opened(aDesk(), anAccess('bob', grants), { columns, rows });
    await screen.shows('! BREAK-GLASS');
    const within = () => {
      expect(screen.lines()).toHaveLength(rows);
      expect(Math.max(...screen.lines().map((line) => line.length))).toBeLessThan(columns);
    };
    screen.press('a');
    await screen.shows('Access', '→ approve');
    within();
    screen.press('enter');
    await screen.shows('Permits', '! BREAK-GLASS');
    within();
    screen.press('a');
    await screen.shows('Esc');
    within();
  });

  it('shows nothing that a terminal would obey', async () => {
    const grant = aGrant({ reason: 'a\u001b[2Jb\u202e', tenants: ['evil\u001b]0;x\u0007'] });
    const screen = await opened(aDesk(), anAccess('bob', [grant]));
    await screen.shows('→ 1 waits for you');
    screen.press('a', 'enter');
    await screen.shows('Permits');
    screen.press('a');
    await screen.shows('approves it');
    expect(screen.written()).not.toContain('\u001b[2Jb');
    expect(screen.written()).not.toContain('\u001b]0;x');
  });
});

describe('what has become of a request', () => {
  const now = Date.now();
  const news = (before: readonly Grant[], after: readonly Grant[]) =>
    accessNews(aStanding({ access: anAccess('kim', before) }), aStanding({ access: anAccess('kim', after) }), now)
      ?.text;
  const pending = aGrant({ subject: 'kim' });
  const approved: Grant = { ...pending, status: 'approved', votes: [vote('bob')] };

  it('is told when it was seen to wait, and when it was decided before anybody looked', () => {
    expect(news([pending], [approved])).toContain('your request was approved');
    expect(news([], [approved])).toContain('your request was approved');
    expect(news([approved], [approved])).toBeUndefined();
  });

  it('is no news where nobody had to approve it', () => {
    expect(news([], [aGrant({ subject: 'kim', status: 'approved', needs: [] })])).toBeUndefined();
  });
});
