import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#text/clock.ts';
import { newWorld, type World } from '../../ledger/postgres/world.ts';
import { aListener, anEstate, peopleAndRules, type TheEstate } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.stop());

const asking = (tenants: string, more: readonly string[] = []) => [
  ...['access', 'request', '--for', '45m', '--tenants', tenants, '--actions', 'scale,restart'],
  ...['--reason', 'queue is long', ...more],
];

async function asked(estate: TheEstate, login: string, tenants = 'maple-toys', more: readonly string[] = []) {
  const { out, err } = await estate.till(login, [...asking(tenants, more), '-o', 'name']);
  expect(err).toContain('grant ');
  return out.trim();
}

describe('till access policy', () => {
  it('shows what would change, is in force once two have agreed, and is not weakened by an edited file', async () => {
    const estate = await anEstate(world);
    const shown = await estate.words('lea', 'access policy propose --dry-run');
    expect(shown.out).toContain('+ rule critical: everything, tier critical: approved by 1 of retail, for at most 1h');
    expect(shown.out).toContain('+ tenants production, tier critical: harbour-shoes');
    expect((await estate.words('lea', 'access policy propose --reason first --yes')).exit).toBe(0);
    expect((await estate.words('bob', 'access policy approve --yes')).exit).toBe(4);
    expect((await estate.words('lea', 'access policy approve --yes')).out).toContain('approved by lea; it takes 2');
    expect((await estate.words('lea', 'access policy approve --yes')).err).toContain('one person, one vote');
    expect((await estate.words('leo', 'access policy approve --yes')).out).toContain('is in force');

    await estate.write(peopleAndRules.replace('approvals: [{group: sre}], ', '').replaceAll('production', 'staging'));
    const grant = await estate.json('alice', asking('maple-toys'));
    expect(grant).toMatchObject({ status: 'pending', missing: [{ group: 'sre', count: 1 }] });
    const change = await estate.words('bob', 'access policy propose --dry-run');
    expect(change.out).toContain('- rule production: everything, in production: approved by 1 of sre, for at most 4h');
  });

  it('asks before it proposes or approves, and without a terminal wants --yes', async () => {
    const estate = await anEstate(world);
    const { exit, err } = await estate.words('lea', 'access policy propose --reason first');
    expect(exit).toBe(5);
    expect(err).toContain('--yes');
  });
});

describe('till access', () => {
  it('goes from request over approval to an active grant, and back', async () => {
    const estate = await anEstate(world);
    await estate.adopt();
    const id = await asked(estate, 'alice');
    expect((await estate.words('bob', 'access list --waiting-for-me -o name')).out.trim()).toBe(id);
    expect((await estate.words('alice', 'access list --waiting-for-me -o name')).out).toBe('');
    expect((await estate.words('alice', `access activate ${id}`)).exit).toBe(4);
    expect((await estate.words('alice', `access approve ${id} --yes`)).err).toContain(
      'somebody else has to approve it',
    );
    expect((await estate.words('alice_adm', `access approve ${id} --yes`)).exit).toBe(4);
    expect((await estate.words('bob', `access approve ${id}`)).exit).toBe(5);
    expect((await estate.words('bob', `access approve ${id} --yes`)).out).toContain('alice may activate it');
    expect((await estate.words('alice', `access activate ${id}`)).exit).toBe(0);

    const grant = await estate.json('dan', ['access', 'show', id]);
    expect(grant).toMatchObject({
      ...{ apiVersion: 'till/v1', kind: 'Grant', status: 'active', subject: 'alice', seconds: 2_700, missing: [] },
      ...{ actions: ['restart', 'scale'], tenants: ['maple-toys'], residualUntil: null, awaitsReview: false },
      votes: [expect.objectContaining({ person: 'bob', group: 'sre' })],
      requestedBy: { asserted: { by: 'postgresql', login: 'alice' } },
    });
    expect(grant['leftSeconds']).toBeGreaterThan(2_600);
    expect((await estate.json('alice', ['access', 'whoami']))['mode']).toBe('ELEVATED');
    expect((await estate.words('dan', `access end ${id}`)).exit).toBe(4);
    expect((await estate.words('dan', `access revoke ${id} --reason odd`)).exit).toBe(0);
    expect((await estate.json('alice', ['access', 'whoami']))['mode']).toBe('READ-ONLY');
  });

  it('tells a script by its exit code what became of a request', async () => {
    const estate = await anEstate(world);
    await estate.adopt();
    const now = await estate.till('alice', asking('pixel-games', ['--wait=1s', '--activate']));
    expect(now).toMatchObject({ exit: 4, err: expect.stringContaining('--for 30m') });
    const atOnce = asking('pixel-games', ['--wait=1s', '--activate']).map((word) => (word === '45m' ? '30m' : word));
    expect((await estate.json('alice', atOnce))['status']).toBe('active');
    expect((await estate.till('alice', asking('maple-toys', ['--wait=1s']))).exit).toBe(6);
    const [denied] = (await estate.words('alice', 'access list --mine -o name')).out.split('\n');
    expect((await estate.words('bob', `access deny ${denied} --reason no`)).exit).toBe(0);
    expect((await estate.words('alice', `access activate ${denied}`)).exit).toBe(4);
    const forbidden = asking('pixel-games').map((word) => (word === 'scale,restart' ? 'rollback' : word));
    expect((await estate.till('alice', forbidden)).exit).toBe(4);
    expect((await estate.till('mallory', asking('maple-toys'))).err).toContain('names nobody');
    expect((await estate.till('nobody-there', asking('maple-toys'))).exit).toBe(7);
  });

  it('freezes globs and choices into names', async () => {
    const estate = await anEstate(world);
    await estate.adopt();
    const line = [...asking('*-toys,harbour-*'), '--environment', 'production'];
    expect(await estate.json('alice', line)).toMatchObject({
      tenants: ['harbour-shoes', 'maple-toys'],
      missing: [
        { group: 'retail', count: 1 },
        { group: 'sre', count: 1 },
      ],
    });
    expect((await estate.till('alice', asking('mapel-toys'))).err).toContain('did you mean "maple-toys"?');
    expect(
      (
        await estate.till(
          'alice',
          asking('maple-toys').map((word) => word.replace('scale', 'freeze')),
        )
      ).exit,
    ).toBe(2);
  });

  it('extends by a new grant that is approved like the first, and leaves the old one as it was', async () => {
    const estate = await anEstate(world);
    await estate.adopt();
    const id = await asked(estate, 'alice');
    await estate.words('bob', `access approve ${id} --yes`);
    await estate.words('alice', `access activate ${id}`);
    const before = await estate.json('alice', ['access', 'show', id]);
    const more = await estate.json('alice', ['access', 'extend', id, '--for', '30m', '--reason', 'still draining']);
    expect(more).toMatchObject({ status: 'pending', extends: id, tenants: ['maple-toys'], seconds: 1_800 });
    expect((await estate.json('alice', ['access', 'show', id]))['expiresAt']).toBe(before['expiresAt']);
  });

  it('holds a locked person at once, and lets them free by somebody else', async () => {
    const estate = await anEstate(world);
    await estate.adopt();
    expect((await estate.words('dan', 'access lock alice --reason stolen')).exit).toBe(0);
    expect((await estate.json('dan', ['access', 'list']))['locks']).toMatchObject([
      { person: 'alice', reason: 'stolen' },
    ]);
    expect((await estate.words('bob', 'access list')).err).toContain('alice is locked: stolen');
    expect((await estate.till('alice', asking('maple-toys'))).err).toContain('alice is locked: stolen');
    expect((await estate.words('alice', 'access unlock alice')).exit).toBe(4);
    expect((await estate.words('dan', 'access lock alcie --reason x')).exit).toBe(2);
    expect((await estate.words('lea', 'access unlock alice')).exit).toBe(0);
    expect((await estate.words('lea', 'access unlock alice')).exit).toBe(2);
  });

  it('lets a service ask for a standing grant and use it, and approve nothing', async () => {
    const estate = await anEstate(world);
    await estate.adopt();
    const grant = await estate.json('ci', asking('maple-toys', ['--plan', 'abc']));
    expect(grant).toMatchObject({ form: 'plan', uses: 1, plan: 'abc', status: 'pending' });
    expect(await estate.json('ci', asking('maple-toys'))).toMatchObject({ form: 'standing' });
    const id = await asked(estate, 'alice');
    expect((await estate.words('ci', `access approve ${id} --as sre --yes`)).exit).toBe(4);
  });

  it('elevates nobody on a host whose clock is an hour off, and shows the store’s time there', async () => {
    const estate = await anEstate(world);
    await estate.adopt();
    for (const hours of [1, -1]) {
      const clock = { now: () => Date.now() + hours * 3_600_000, monotonic: systemClock.monotonic };
      const id = await asked(estate, 'alice');
      await estate.words('bob', `access approve ${id} --yes`);
      const { exit, err } = await estate.words('alice', `access activate ${id}`, { clock });
      expect({ exit, err }).toEqual({ exit: 4, err: expect.stringContaining('clock is') });
      expect((await estate.words('alice', `access activate ${id}`)).exit).toBe(0);
      const there = await estate.json('alice', ['access', 'show', id], { clock });
      expect(there['status']).toBe('active');
      expect(Math.abs(Number(there['leftSeconds']) - 2_700)).toBeLessThan(30);
    }
  });
});

describe('what stands in a reason', () => {
  it('is cleaned of escape sequences before it is recorded, and never reaches a terminal raw', async () => {
    const estate = await anEstate(world);
    await estate.adopt();
    const reason = 'queue \u001b[2J\u001b]0;owned\u0007 is long';
    const line = asking('maple-toys').map((word) => (word === 'queue is long' ? reason : word));
    const { out, err, exit } = await estate.till('alice', line);
    expect(exit).toBe(0);
    expect(out + err).not.toMatch(/[\u001b\u0007]/);
    const list = await estate.words('bob', 'access list -o json');
    expect(list.out).not.toContain('\\u001b');
  });

  it('is refused when it holds a token, or is a megabyte long; nothing of it is recorded or printed', async () => {
    const estate = await anEstate(world);
    await estate.adopt();
    const token = `ghp_${'a1B2'.repeat(9)}`;
    for (const reason of [`use ${token}`, 'x'.repeat(1_048_576)]) {
      const line = asking('maple-toys').map((word) => (word === 'queue is long' ? reason : word));
      const { exit, out, err } = await estate.till('alice', line);
      expect(exit).toBe(2);
      expect((out + err).length).toBeLessThan(2_000);
      expect(out + err).not.toContain(token);
    }
    expect((await estate.words('bob', 'access list --all -o name')).out).toBe('');
  });
});

describe('till access break-glass', () => {
  const broken = [
    ...['access', 'break-glass', '--for', '15m', '--tenants', 'harbour-shoes', '--actions', 'restart'],
    ...['--reason', 'tills down, nobody answers', '--yes'],
  ];

  it('opens at once, tells webhooks without printing their address, and waits for a review by another', async () => {
    const { heard, url } = await aListener();
    const notify =
      'breakGlass: {groups: [sre], for: 15m, reviewers: leads, notify: {webhooks: [{url: {env: HOOK}}], syslog: 127.0.0.1:1}}';
    const estate = await anEstate(world, peopleAndRules.replace(/breakGlass: .*/u, notify));
    await estate.adopt();
    const { exit, err, out } = await estate.till('alice', [...broken, '-o', 'json'], { env: { HOOK: url } });
    expect(exit).toBe(0);
    const grant = JSON.parse(out);
    expect(grant).toMatchObject({ form: 'break-glass', status: 'active', skipped: ['bob', 'dan'], awaitsReview: true });
    expect(heard.map((body) => JSON.parse(body))).toEqual([
      expect.objectContaining({
        kind: 'break-glass',
        subject: 'alice',
        reason: 'tills down, nobody answers',
        grant: grant.grant,
      }),
    ]);
    expect(err).toContain('told: webhook 1');
    expect(err).toContain('syslog 127.0.0.1:1 could not be told');
    expect(out + err).not.toContain('secret-part');

    expect((await estate.words('lea', 'access list --waiting-for-me -o name')).out.trim()).toBe(grant.grant);
    const review = ['access', 'review', grant.grant, '--verdict', 'justified', '--note', 'looked at the graphs'];
    expect((await estate.till('alice_adm', review)).exit).toBe(4);
    expect((await estate.till('lea', review)).exit).toBe(0);
    expect((await estate.words('lea', 'access list --waiting-for-me -o name')).out).toBe('');
  });

  it('is short, asks first, and is not for everybody', async () => {
    const estate = await anEstate(world);
    await estate.adopt();
    expect((await estate.till('alice', broken.slice(0, -1))).exit).toBe(5);
    expect(
      (
        await estate.till(
          'alice',
          broken.map((word) => (word === '15m' ? '16m' : word)),
        )
      ).exit,
    ).toBe(4);
    expect((await estate.till('dan', broken)).exit).toBe(4);
  });
});

describe('till estate check and till doctor', () => {
  const found = async (estate: TheEstate, line: readonly string[]) => {
    const told = await estate.json('lea', line);
    const findings = (told['findings'] ?? told['items']) as readonly Readonly<Record<string, string>>[];
    return findings
      .filter(({ subject }) => subject === 'access')
      .map(({ check, result, message }) => ({ check, result, message }));
  };

  it('name rules that cannot work before anybody depends on them', async () => {
    const estate = await anEstate(world, peopleAndRules.replace('{group: retail}', '{group: board}'));
    expect(await found(estate, ['estate', 'check', '--offline'])).toEqual([
      {
        check: 'rule',
        result: 'missing',
        message: 'rule critical needs 1 of board, and nobody is in it: it can never be satisfied',
      },
    ]);
  });

  it('say whether what the file says is in force', async () => {
    const estate = await anEstate(world);
    const policy = async () =>
      (await found(estate, ['doctor'])).filter(({ check }) => check === 'policy' || check === 'proposal');
    expect(await policy()).toMatchObject([
      { result: 'weak', message: expect.stringContaining('no policy is in force') },
    ]);
    await estate.words('lea', 'access policy propose --reason first --yes');
    expect(await policy()).toMatchObject([
      { check: 'policy' },
      { message: expect.stringContaining('approved by nobody') },
    ]);
    await estate.words('lea', 'access policy approve --yes');
    await estate.words('leo', 'access policy approve --yes');
    expect(await policy()).toMatchObject([{ result: 'ok' }]);
    await estate.write(peopleAndRules.replace('for: 4h', 'for: 8h'));
    expect(await policy()).toMatchObject([
      { result: 'weak', message: expect.stringContaining('differs from the file in 2 lines') },
    ]);
  });
});
