import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gist, newcomer, type Person, type StatusList } from '../journeys/program.ts';
import { startWorld, type World } from './world.ts';

let world: World;
let person: Person;

beforeAll(async () => {
  world = await startWorld();
  person = newcomer();
});
afterAll(async () => {
  await world?.close();
  person?.leave();
});

/** What a person is willing to wait for a command whose estate is in trouble. */
const patienceMs = 25_000;

describe.concurrent('a server that accepts and never answers: status ends, names it, and what it hides is unknown', () => {
  it.each([
    ['postgres', { platform: 'unknown', application: 'unknown', business: 'unknown' }, 'pg-1'],
    ['redis', { platform: 'unknown', application: 'ok', business: 'ok' }, 'redis-1'],
    ['front', { platform: 'ok', application: 'unknown', business: 'ok' }, 'edge'],
  ] as const)(
    '%s',
    async (system, grades, name) => {
      const { link, estate } = await world.linkTo(system);
      link.stall();
      const { code, out, err, ms } = await person.run('status', '--estate', estate, '-o', 'json');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(ms).toBeLessThan(patienceMs);
      const list: StatusList = JSON.parse(out);
      for (const { tenant, layers, message } of list.items) {
        expect(Object.fromEntries(Object.entries(layers).map(([layer, status]) => [layer, status?.grade]))).toEqual(
          grades,
        );
        expect(
          gist(list, tenant)[Object.entries(grades).find(([, grade]) => grade === 'unknown')?.[0] as 'platform'],
        ).toMatch(/^unknown /);
        expect(message).toMatch(new RegExp(`^${name}: .*accepted the connection but .*did not answer within \\d+ s$`));
      }
      const checked = await person.run('status', '--estate', estate, '--check', '-o', 'name');
      expect(checked).toMatchObject({ code: 3, out: 'harbour-shoes\nmaple-toys\n' });
    },
    90_000,
  );

  it('kubernetes, which alone knows the tenants: no tenant is called unknown for it, and exit 7 says why', async () => {
    const { link, estate } = await world.linkTo('kubernetes');
    link.stall();
    const [status, show] = await Promise.all([
      person.run('status', '--estate', estate),
      person.run('show', 'harbour-shoes', '--estate', estate, '-o', 'json'),
    ]);
    expect(status).toMatchObject({ code: 7, out: '' });
    expect(status.err).toMatch(
      /^✖ the estate has no tenants, but not every tenant is known: 127\.0\.0\.1:\d+ does not answer/,
    );
    expect({ code: show.code, error: JSON.parse(show.err) }).toMatchObject({
      code: 7,
      error: { target: 'harbour-shoes', reason: 'unreachable', retryable: true },
    });
    expect(Math.max(status.ms, show.ms)).toBeLessThan(patienceMs);
  }, 90_000);

  it('kubernetes, after a run that knew the tenants: they are still there, and unknown', async () => {
    const other = newcomer();
    const { link, estate } = await world.linkTo('kubernetes');
    expect((await other.json('status', '--estate', estate)).counts).toMatchObject({ ok: 2 });
    link.stall();
    const list = await other.json('status', '--estate', estate);
    expect(list.counts).toEqual({ ok: 0, warn: 0, critical: 0, unknown: 2 });
    expect(list.items.map(({ layers }) => layers.platform)).toMatchObject([
      { grade: 'unknown', reason: 'unreachable', message: expect.stringContaining('does not answer') },
      { grade: 'unknown', reason: 'unreachable' },
    ]);
    expect(list.items.map(({ layers }) => layers.business?.grade)).toEqual(['ok', 'ok']);
    // Everybody known is well in that layer; a tenant that came since would not be among them.
    const checked = await other.run('status', '--estate', estate, '--layer', 'business', '--check');
    expect(checked).toMatchObject({ code: 7, err: expect.stringContaining('not every tenant is known') });
    expect(checked.err).toMatch(/127\.0\.0\.1:\d+ does not answer/);
    expect(checked.out).toBe('');
    other.leave();
  }, 90_000);
});
