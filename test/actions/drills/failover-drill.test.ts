import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Drilled, drilledIn } from '#actions/drills/result.ts';
import { placeOf } from '#actions/executor/place.ts';
import { actionNamed } from '#actions/find-action.ts';
import { reconcile } from '#actions/reconcile.ts';
import { runOperation } from '#actions/run-operation.ts';
import { scratchName } from '#backups/database-mark.ts';
import type { Estate } from '#estate/estate.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { TillError } from '#text/till-error.ts';
import { type Pair, startPair } from '../../switchover/pair.ts';
import { prepare, startWorld, type World } from '../../switchover/world.ts';
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
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair({ prepare });
  });
  afterAll(() => pair.close());

  it('is no work for a Job: it is over in a minute, and promotes by what whoever asks may do', async () => {
    const action = await actionNamed('drill');
    const backups = { executor: { cluster: 'eu', namespace: 'till-executor', serviceAccount: 'till', image: 'till' } };
    const estate = { backups, ledger: { postgres: { host: 'ledger' } } } as unknown as Estate;
    expect(placeOf(action, estate, { kind: 'failover' }).kind).toBe('here');
    expect(placeOf(action, estate, { kind: 'restore' }).kind).toBe('job');
  });

  it('says before that it is in earnest, who is hit, and that it makes a database', async () => {
    const { acting } = await startWorld({ pair });
    const { plan } = await acting.plan('drill', failover, 'maple-toys');
    expect(plan).toMatchObject({
      ...{ danger: 'severe', confirmWith: 'pg-1', tenants: ['maple-toys', 'bike-barn'], blockers: [] },
      undo: { action: 'switchover', params: { to: 'a' } },
    });
    expect(plan.warnings).toContain('this is no dry run: the primary really changes, as it would in earnest');
    expect(plan.objects.map(({ kind, name }) => `${kind} ${name}`)).toContain('scratch database till_<operation>');
  });

  it('is blocked without a login that may make a database', async () => {
    const { acting } = await startWorld({ pair, server: { restore: undefined } as never });
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
    expect(checkOf(result, 'writes')?.message).toMatch(/^nobody wrote for [\d.]+ s; \d+ were refused, the first/u);
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
    const world = await startWorld({ pair, manner: 'gives-up', timeoutMs: 6_000 });
    const outcome = await world.acting.perform('drill', failover, 'maple-toys');
    expect(outcome?.status).toBe('failed');
    expect(outcome?.message).toContain('Switchover failed');
    expect((await databases(world, 'a')).filter((name) => name.startsWith('till_'))).toEqual([]);
    expect(JSON.stringify(await world.acting.entries({ phase: 'step' }))).not.toContain('"drill":{');
  }, 120_000);

  it('waits for the standby to have what the making of its own database wrote', async () => {
    const world = await startWorld({ pair, manner: 'gives-up' });
    const planned = await world.acting.plan('drill', failover, 'maple-toys');
    const { operation } = await world.acting.begin(planned);
    const told: string[] = [];
    let paused: Promise<unknown> = Promise.resolve();
    const end = await runOperation({
      ...{ action: planned.action, params: planned.params, agreed: planned.plan, operation },
      ...{ tenant: world.acting.context.tenants[0] ?? null, context: world.acting.context, timeoutMs: 30_000 },
      ...{ signal: new AbortController().signal, healthNow: async () => null },
      progress: {
        tell({ words }) {
          told.push(words);
          if (words.startsWith('rehearsing')) {
            paused = pair.b.sql('SELECT pg_wal_replay_pause()');
          }
          if (words.startsWith('writing rows')) {
            // In case that it was paused too late for the database itself: as much again.
            void paused.then(() => pair.a.sql('CREATE TABLE much AS SELECT generate_series(1, 100000) AS n'));
          }
          if (words.startsWith('waiting for b')) {
            void pair.b.sql('SELECT pg_wal_replay_resume()');
          }
        },
      },
    });
    expect(end.message).toContain('Switchover failed');
    expect(told.findIndex((words) => /^waiting for b: [\d.]+ MiB behind$/u.test(words))).toBeGreaterThan(0);
  }, 60_000);

  it('that is stopped before anything was moved moves nothing and leaves nothing', async () => {
    const world = await startWorld({ pair });
    const planned = await world.acting.plan('drill', failover, 'maple-toys');
    const { action, plan, params } = planned;
    const { operation } = await world.acting.begin(planned);
    const stop = new AbortController();
    const end = await runOperation({
      ...{ action, params, operation, tenant: world.acting.context.tenants[0] ?? null, agreed: plan },
      ...{ context: world.acting.context, signal: stop.signal, timeoutMs: 30_000, healthNow: async () => null },
      progress: { tell: ({ words }) => words.startsWith('writing rows') && stop.abort() },
    });
    expect(end).toMatchObject({ status: 'failed', reason: 'stopped' });
    expect(world.patroni.asked.filter(({ method }) => method === 'POST')).toEqual([]);
    expect((await databases(world, 'a')).filter((name) => name.startsWith('till_'))).toEqual([]);
  }, 60_000);

  it('clears away what one that was killed has left, and nothing of others', async () => {
    const world = await startWorld({ pair, manner: 'gives-up' });
    const killed = await world.acting.begin(await world.acting.plan('drill', failover, 'maple-toys'));
    const left = scratchName(killed.operation);
    const mark = { till: 'scratch', operation: killed.operation, tenant: 'maple-toys', backup: null, at: 'then' };
    await pair.a.sql(`CREATE DATABASE "${left}" OWNER till_restore`);
    await pair.a.sql(`COMMENT ON DATABASE "${left}" IS '${JSON.stringify(mark)}'`);
    await pair.a.sql('CREATE DATABASE till_mine');
    // A database is megabytes of WAL: for a moment the standby is too far behind to be planned with.
    await vi.waitFor(async () => {
      const [row] = await pair.a.sql(
        'SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::int AS lag FROM pg_stat_replication',
      );
      expect(row?.['lag']).toBe(0);
    });
    await world.acting.context.ledger.append({
      ...{ kind: 'operation', phase: 'step', operation: killed.operation },
      params: { step: 'rehearse', index: 0, of: 1 },
    });
    expect(await reconcile(world.acting.context, killed.operation)).toMatchObject([{ status: 'indeterminate' }]);
    expect(await databases(world, 'a')).toContain(left);
    // It goes as far as being refused: clearing away is the first that it does.
    expect((await world.acting.perform('drill', failover, 'maple-toys'))?.message).toContain('Switchover failed');
    expect((await databases(world, 'a')).filter((name) => name.startsWith('till_'))).toEqual(['till_mine']);
    await pair.a.sql('DROP DATABASE till_mine');
  }, 60_000);
});
