import { describe, expect, it } from 'vitest';
import { startWorld } from '../../switchover/world.ts';

describe('a switchover by Patroni', () => {
  it('is planned for everybody on the server, and confirmed by its name', async () => {
    const { acting } = await startWorld();
    const { plan } = await acting.plan('switchover', {}, 'maple-toys');
    expect(plan).toMatchObject({
      danger: 'severe',
      confirmWith: 'pg-1',
      tenants: ['maple-toys', 'bike-barn'],
      blockers: [],
      changes: [{ object: 'PostgreSQL pg-1', field: 'primary', before: 'a', after: 'b', owner: 'Patroni batman' }],
      undo: { action: 'switchover', params: { to: 'a' }, words: 'switch back to a' },
    });
    expect(plan.objects).toMatchObject([{ kind: 'PostgreSQL', uid: expect.stringMatching(/^\d{19}$/u), version: '1' }]);
    expect(plan.warnings).toContain('b could lead: running, asynchronous, 0 bytes behind');
    expect(plan.equivalents[0]).toBe('patronictl switchover batman --leader a --candidate b');
  });

  it('really turns the servers, is ok once the old one follows, and can be taken back', async () => {
    const { acting, pair, patroni } = await startWorld();
    expect(await acting.perform('switchover', { to: 'b' }, 'maple-toys')).toMatchObject({
      status: 'ok',
      message: 'b leads on timeline 2, and a follows it',
    });
    expect(await pair.b.sql('SELECT pg_is_in_recovery() AS standby')).toEqual([{ standby: false }]);
    expect(await pair.b.sql('SELECT application_name, state FROM pg_stat_replication')).toEqual([
      { application_name: 'a', state: 'streaming' },
    ]);
    expect(await acting.perform('switchover', { to: 'a' }, 'bike-barn')).toMatchObject({
      status: 'ok',
      message: 'a leads on timeline 3, and b follows it',
    });
    expect(patroni.leader).toBe('a');
  }, 60_000);
});
