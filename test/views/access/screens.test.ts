import { afterEach, describe, expect, it } from 'vitest';
import { aDesk } from '../desks.ts';
import { aGlass, aGrant, anAccess, anActive } from '../grants.ts';
import { closeScreens } from '../harness.ts';
import { opened } from './world.ts';

afterEach(closeScreens);

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
