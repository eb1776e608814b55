import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { digestOfPolicy } from '#ledger/access/digests.ts';
import type { Policy } from '#ledger/access/policy.ts';
import { openPostgresParcels } from '#ledger/postgres/parcels.ts';
import { systemClock } from '#text/clock.ts';
import { ledgerAs, newWorld, type World } from './world.ts';

const person = (name: string, groups: readonly string[] = []) => ({
  ...{ name, kind: 'human' as const, os: [], postgres: [name], kubernetes: [], key: null, groups: [...groups] },
});

const body: Policy = {
  people: [person('alice'), person('bob', ['leads']), person('carol', ['leads'])],
  tenants: [],
  rules: [
    {
      ...{ name: 'any', actions: ['*'], environments: [], tiers: [], tenants: [], times: null, seconds: 3_600 },
      approvals: [{ group: 'leads', count: 1 }],
    },
  ],
  free: [],
  breakGlass: null,
  approvers: { group: 'leads', count: 2 },
  lapseSeconds: 3_600,
};

describe('parcels beside the ledger in PostgreSQL', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  /** A grant of alice's that bob has approved and that is active, and what anybody may do with its parcels. */
  async function given() {
    const database = await world.newLedger();
    const as = (login: string) => ledgerAs(database, { login, clock: systemClock });
    const [alice, bob, carol] = [as('alice'), as('bob'), as('carol')];
    const policy = alice.newId();
    const digest = digestOfPolicy(body);
    await bob.append({ kind: 'policy', phase: 'propose', reason: 'first', params: { policy, digest, body } });
    for (const voter of [bob, carol]) {
      await voter.append({ kind: 'policy', phase: 'approve', params: { policy, digest } });
    }
    const grant = alice.newId();
    await alice.append({
      ...{ kind: 'grant', phase: 'request', grant, reason: 'a test' },
      params: {
        ...{ form: 'standard', subject: 'alice', actions: ['scale'], tenants: ['maple-toys'], seconds: 600, policy },
        ...{ needs: [{ group: 'leads', count: 1 }], lapseSeconds: 3_600 },
      },
    });
    const known = (await alice.state()).grants.get(grant);
    const params = { group: 'leads', digest: known?.digest ?? '', comment: null };
    await bob.append({ kind: 'grant', phase: 'approve', grant, params });
    await alice.append({ kind: 'grant', phase: 'activate', grant });
    const parcelsAs = (login: string) => {
      const { host, port } = database.server;
      const parcels = openPostgresParcels({
        ...{ host, port, database: database.database, user: login, tls: 'disable' },
        password: async () => login,
      });
      onTestFinished(() => parcels.close());
      return parcels;
    };
    await parcelsAs('agent').put(grant, { credential: 'kubernetes/eu/maple-toys', sealed: 'till-box-1.a.b' });
    await parcelsAs('bob').put(grant, { credential: 'postgres/pg-1', sealed: 'till-box-1.c.d' });
    return { database, grant, parcelsAs, as };
  }

  it('are put by the agent or by who approved the grant, and by nobody else', async () => {
    const { grant, parcelsAs } = await given();
    for (const login of ['alice', 'carol']) {
      await expect(parcelsAs(login).put(grant, { credential: 'mine', sealed: 'x' })).rejects.toThrow(
        'nor is the agent',
      );
    }
  });

  it('come with what the agent does: its duties need no grant, and what it made while one was active is recorded after', async () => {
    const { grant, as } = await given();
    const agent = as('agent');
    const operation = agent.newId();
    const begun = await agent.append({
      ...{ kind: 'operation', phase: 'intent', operation, action: 'access-mint', params: { grant } },
      plan: { digest: 'd', danger: 'mild', undo: null, health: null },
    });
    expect(begun.status).toBe('appended');
    await as('bob').append({ kind: 'grant', phase: 'revoke', grant, reason: 'enough' });
    const credential = {
      id: 'kubernetes/eu/maple-toys',
      system: 'kubernetes',
      where: 'eu',
      tenants: ['maple-toys'],
      name: 'x',
    } as const;
    await agent.append({ kind: 'grant', phase: 'issue', grant, params: { credentials: [credential] } });
    await agent.append({ kind: 'grant', phase: 'retire', grant, params: { credentials: [credential.id] } });
    expect((await agent.state()).grants.get(grant)?.credentials[0]?.retiredAt).toMatch(/Z$/);
  });

  it('are given to the subject of the grant alone: not to the agent that put them, an approver or an auditor', async () => {
    const { database, grant, parcelsAs } = await given();
    expect(await parcelsAs('alice').of(grant)).toEqual([
      { credential: 'kubernetes/eu/maple-toys', sealed: 'till-box-1.a.b' },
      { credential: 'postgres/pg-1', sealed: 'till-box-1.c.d' },
    ]);
    for (const login of ['agent', 'bob', 'carol']) {
      expect(await parcelsAs(login).of(grant), login).toEqual([]);
    }
    const { Client } = (await import('pg')).default;
    for (const login of ['olga', 'alice', 'agent']) {
      const { host, port } = database.server;
      const client = new Client({ host, port, database: database.database, user: login, password: login });
      await client.connect();
      await expect(client.query('SELECT sealed FROM till_ledger.parcel'), login).rejects.toThrow('permission denied');
      await client.end();
    }
  });

  it('are replaced by a second minting, and go when the agent says so, not when somebody else does before the end', async () => {
    const { grant, parcelsAs } = await given();
    await parcelsAs('agent').put(grant, { credential: 'postgres/pg-1', sealed: 'till-box-1.e.f' });
    await parcelsAs('carol').remove(grant);
    expect((await parcelsAs('alice').of(grant)).map(({ sealed }) => sealed)).toEqual([
      'till-box-1.a.b',
      'till-box-1.e.f',
    ]);
    await parcelsAs('agent').remove(grant, 'postgres/pg-1');
    expect(await parcelsAs('alice').of(grant)).toHaveLength(1);
    await parcelsAs('agent').remove(grant);
    expect(await parcelsAs('alice').of(grant)).toEqual([]);
  });
});
