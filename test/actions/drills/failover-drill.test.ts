import { describe, expect, it } from 'vitest';
import { type Drilled, drilledIn } from '#actions/drills/result.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { TillError } from '#text/till-error.ts';
import { startWorld, type World } from '../../switchover/world.ts';
import { actingOn, aTenant } from '../acting.ts';

const failover = { kind: 'failover' } as const;

/** What the ledger holds of the only drill. */
async function drilled({ acting }: World): Promise<Drilled> {
  const found = (await acting.entries({ phase: 'step' })).flatMap(
    ({ params }) => drilledIn((params['details'] ?? {}) as JsonObject) ?? [],
  );
  expect(found).toHaveLength(1);
  return found[0] as Drilled;
}

const checkOf = ({ checks }: Drilled, name: string) => checks.find(({ check }) => check === name);
const databases = async (world: World, server: 'a' | 'b') =>
  (await world.pair[server].sql('SELECT datname FROM pg_database')).map(({ datname }) => String(datname));

describe('a failover drill', () => {
  it('says before that it is in earnest, who is hit, and that it makes a database', async () => {
    const { acting } = await startWorld();
    const { plan } = await acting.plan('drill', failover, 'maple-toys');
    expect(plan).toMatchObject({
      ...{ danger: 'severe', confirmWith: 'pg-1', tenants: ['maple-toys', 'bike-barn'], blockers: [] },
      undo: { action: 'switchover', params: { to: 'a' } },
    });
    expect(plan.warnings).toContain('this is no dry run: the primary really changes, as it would in earnest');
    expect(plan.objects.map(({ kind, name }) => `${kind} ${name}`)).toContain('scratch database till_<operation>');
  });

  it('is blocked without a login that may make a database', async () => {
    const { acting } = await startWorld({ server: { restore: undefined } as never });
    const { plan } = await acting.plan('drill', failover, 'maple-toys');
    expect(plan.blockers).toMatchObject([
      { by: 'server pg-1', wayOut: expect.stringContaining('postgres.pg-1.restore') },
    ]);
  });

  it('measures how long nobody wrote, finds each acknowledged row, switches back, and leaves nothing', async () => {
    const world = await startWorld({ timeoutMs: 60_000 });
    const outcome = await world.acting.perform('drill', { ...failover, return: true }, 'maple-toys');
    expect(outcome).toMatchObject({ status: 'ok' });
    const result = await drilled(world);
    expect(result).toMatchObject({ kind: 'failover', status: 'ok', rpo: 0, level: null, backup: null });
    expect(result.rto).toBeGreaterThanOrEqual(1);
    expect(result.rto).toBeLessThan(20);
    expect(checkOf(result, 'primary')?.message).toBe('b leads on timeline 2, and a follows it');
    expect(checkOf(result, 'writes')?.message).toMatch(
      /^nobody wrote for [\d.]+ s; \d+ were refused, the first with /u,
    );
    expect(checkOf(result, 'acknowledged')?.message).toMatch(/^each of \d{2,} acknowledged rows is there/u);
    expect(checkOf(result, 'return-primary')?.message).toBe('a leads on timeline 3, and b follows it');
    expect(checkOf(result, 'return-acknowledged')?.status).toBe('ok');
    expect(checkOf(result, 'clean-up')).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('gone: database till_'),
    });
    expect(Object.keys(result.seconds)).toEqual(
      expect.arrayContaining(['switchover', 'no-writes', 'return', 'return-no-writes', 'clean-up']),
    );
    expect(world.patroni.leader).toBe('a');
    expect((await databases(world, 'a')).filter((name) => name.startsWith('till_'))).toEqual([]);
  }, 120_000);

  it('finds what was lost: rows acknowledged by a primary that died before its standby had them', async () => {
    const world = await startWorld({ manner: 'loses', losesMs: 700, timeoutMs: 25_000 });
    const outcome = await world.acting.perform('drill', failover, 'maple-toys');
    expect(outcome?.message).toContain('acknowledged rows are lost');
    expect(outcome?.status).toBe('failed');
    const result = await drilled(world);
    expect(result.status).toBe('failed');
    const [, lost, all, numbers] =
      /^(\d+) of (\d+) acknowledged rows are lost, [\d.]+ s of writes: (.+)$/u.exec(
        checkOf(result, 'acknowledged')?.message ?? '',
      ) ?? [];
    // Seven tenths of a second at a row each twentieth, give or take what a busy machine does to that.
    expect(Number(lost)).toBeGreaterThanOrEqual(3);
    expect(Number(lost)).toBeLessThan(Number(all));
    expect(numbers).toMatch(/^\d+–\d+$/u);
    expect(result.rpo).toBeGreaterThanOrEqual(1);
    expect(checkOf(result, 'writes')?.status).toBe('ok');
    expect(checkOf(result, 'primary')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('a is stopped'),
    });
    expect(checkOf(result, 'clean-up')?.status).toBe('ok');
    expect((await databases(world, 'b')).filter((name) => name.startsWith('till_'))).toEqual([]);
  }, 120_000);

  it.each([
    [{ kind: 'failover', from: '01JDB0V4Q2T8Z4Y1N7X6C5W3R9' }, '--from means nothing to a drill of kind failover'],
    [{ kind: 'restore', return: true as const }, '--return means nothing to a drill of kind restore'],
    [{ kind: 'flood' }, 'restore or failover'],
  ])('asked for as %o is wrong usage', async (given, words) => {
    const acting = await actingOn({}, { tenants: [aTenant('maple-toys', { postgres: 'pg-1' })] });
    const failure = await acting.plan('drill', given, 'maple-toys').catch((error: unknown) => error as TillError);
    expect(failure).toMatchObject({ exit: 2 });
    expect(`${(failure as TillError).message} ${(failure as TillError).next}`).toContain(words);
  });

  it('that Patroni refuses moves nothing, leaves nothing, and is no drill', async () => {
    const world = await startWorld({ manner: 'gives-up', timeoutMs: 6_000 });
    const outcome = await world.acting.perform('drill', failover, 'maple-toys');
    expect(outcome?.status).toBe('failed');
    expect(outcome?.message).toContain('Switchover failed');
    expect((await databases(world, 'a')).filter((name) => name.startsWith('till_'))).toEqual([]);
    expect(JSON.stringify(await world.acting.entries({ phase: 'step' }))).not.toContain('"drill":{');
  }, 120_000);
});
