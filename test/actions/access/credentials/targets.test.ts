import { expect, it } from 'vitest';
import { credentialTargets } from '#actions/access/credentials/targets.ts';
import type { Estate } from '#estate/estate.ts';
import { aTenant } from '../../acting.ts';

const known = [
  aTenant('maple-toys', { cluster: 'eu', namespace: 'maple-toys', postgres: 'pg-1' }),
  aTenant('bike-barn', { cluster: 'eu', namespace: 'bike-barn', postgres: 'pg-1' }),
];
const estate = {
  postgres: { 'pg-1': { cloudnativepg: { cluster: 'eu', namespace: 'data', name: 'pg' } } },
} as unknown as Pick<Estate, 'postgres'>;
const targets = (...actions: readonly string[]) =>
  credentialTargets({ actions, tenants: ['maple-toys', 'bike-barn'] }, known, estate).map((target) => ({
    ...{ id: target.id, tenants: target.tenants },
    actions: target.system === 'kubernetes' ? target.actions : [],
  }));

it("of a switchover are where the server's Cluster is, and nothing in the tenants' own namespaces", () => {
  expect(targets('switchover')).toEqual([
    { id: 'kubernetes/eu/data', tenants: ['maple-toys', 'bike-barn'], actions: ['switchover'] },
  ]);
});

it('of both kinds of action are apart: neither token may do what the other is for', () => {
  expect(targets('restart', 'switchover')).toEqual([
    { id: 'kubernetes/eu/bike-barn', tenants: ['bike-barn'], actions: ['restart'] },
    { id: 'kubernetes/eu/data', tenants: ['maple-toys', 'bike-barn'], actions: ['switchover'] },
    { id: 'kubernetes/eu/maple-toys', tenants: ['maple-toys'], actions: ['restart'] },
  ]);
});

it('of a server that Patroni switches over are none in Kubernetes', () => {
  const [tenant = aTenant('x')] = known;
  expect(credentialTargets({ actions: ['switchover'], tenants: ['maple-toys'] }, [tenant], { postgres: {} })).toEqual(
    [],
  );
});
