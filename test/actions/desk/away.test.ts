import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { standingNow } from '#actions/desk/standing.ts';
import { SpoolingLedger } from '#ledger/spool/spooling-ledger.ts';
import { systemClock } from '#text/clock.ts';
import { aPolicy, teamOf } from '../../ledger/access/world.ts';
import { here, ledgerAs, newWorld, type World } from '../../ledger/postgres/world.ts';
import { estateId, newFolder } from '../../ledger/world.ts';
import { startProxy } from '../../proxy.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.stop());

describe('a console whose ledger goes away', () => {
  it('says so, keeps what it last saw, and knows its person still', async () => {
    const database = await world.newLedger({ writer: ['alice', 'bob', 'lea', 'leo'] });
    const link = await startProxy(world.server);
    onTestFinished(() => link.close());
    const team = teamOf((login) => ledgerAs(database, login), Date.now);
    await team.adopt(aPolicy());
    const grant = await team.given('bob', [['alice', 'sre']]);
    const ledger = new SpoolingLedger({
      ...{
        folder: await newFolder(),
        estateId,
        clock: systemClock,
        identity: { ...here, user: 'nobody-the-policy-knows' },
      },
      server: {
        ...{ host: link.host, port: link.port, database: database.database, user: 'alice', tls: 'disable' },
        password: async () => 'alice',
      },
      onAway: () => undefined,
    });
    onTestFinished(() => ledger.close());
    const options = { ledger, tenants: () => [], clock: systemClock, isShared: true, progressOf: async () => null };
    const there = await standingNow({ ...options, before: null });
    expect(there).toMatchObject({ isAway: false, failure: null, access: { who: { name: 'alice' } } });
    await link.close();
    const gone = await standingNow({ ...options, before: there.access });
    expect(gone).toMatchObject({ isAway: true, access: { who: { name: 'alice' }, offsetMs: there.access?.offsetMs } });
    expect(gone.failure).not.toBeNull();
    expect(gone.access?.state.grants.get(grant)).toMatchObject({ status: 'active', subject: 'bob' });
  });
});
