import { afterEach, describe, expect, it } from 'vitest';
import type { Grant } from '#ledger/access/grant.ts';
import { accessNews } from '#views/acting/access-news.ts';
import { aDesk, aStanding } from '../desks.ts';
import { aGrant, anAccess, anActive, policy, vote } from '../grants.ts';
import { closeScreens } from '../harness.ts';
import { blackFriday } from '../makers.ts';
import { opened } from './world.ts';

afterEach(closeScreens);

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

  it('is told when it was started, and nothing could be issued for it', () => {
    const active: Grant = { ...approved, status: 'active' };
    expect(news([active], [{ ...active, status: 'failed' }])).toContain('your grant has failed');
  });

  it('is no news where nobody had to approve it', () => {
    expect(news([], [aGrant({ subject: 'kim', status: 'approved', needs: [] })])).toBeUndefined();
  });
});
