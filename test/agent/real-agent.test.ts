import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Handed, sealedFor } from '#actions/access/credentials/mint.ts';
import { openMintingWorld } from '#actions/access/credentials/open-world.ts';
import { ownKey } from '#actions/access/credentials/own-key.ts';
import { parcelFolder } from '#actions/access/credentials/parcels.ts';
import { open } from '#actions/access/credentials/seal.ts';
import { licence } from '#actions/licence.ts';
import { accountName, estateLabel, grantLabel, loginName, requesterAnnotation } from '#estate/enforcement/names.ts';
import { stateHome } from '#health/state-folder.ts';
import { systemClock } from '#text/clock.ts';
import { loginAs, type Minting, parcelsFolder, startMinting } from '../actions/access/credentials/minting.ts';
import { ApiClient, each } from '../contract/client.ts';
import { type RunningAgent, startAgent } from './running.ts';

describe(`till agent, on a real kube-apiserver and a real PostgreSQL`, () => {
  let minting: Minting;
  const agents: RunningAgent[] = [];
  const agent = (name: string) => {
    const started = startAgent(minting, name);
    agents.push(started);
    return started;
  };
  beforeAll(async () => {
    minting = await startMinting();
  }, 60_000);
  afterEach(async () => {
    await Promise.all(agents.splice(0).map((running) => running.end('SIGTERM')));
  }, 40_000);
  afterAll(() => minting?.close());

  const handed = async (id: string): Promise<readonly Handed[]> => {
    const { privateKey } = ownKey(stateHome(minting.estate.id, minting.env));
    const parcels = await parcelFolder(parcelsFolder(minting)).of(id);
    return parcels.map(
      ({ credential, sealed }) =>
        JSON.parse(open(privateKey, sealedFor(minting, id, credential), sealed).toString()) as Handed,
    );
  };

  const issued = (id: string, count: number) =>
    vi.waitFor(
      async () => {
        expect((await minting.grant(id)).credentials).toHaveLength(count);
        return handed(id);
      },
      { timeout: 30_000, interval: 50 },
    );

  /** What the target itself says to it now. */
  const answer = async (credential: Handed): Promise<'works' | 'refused'> => {
    if (credential.system === 'kubernetes') {
      const client = ApiClient.withToken(minting.server.kubeconfigPath, credential.token);
      const { code } = await client.ask(`/apis/apps/v1/namespaces/${credential.namespace}/deployments/odoo-web`);
      await client.close();
      return code === 200 ? 'works' : 'refused';
    }
    const client = await loginAs(minting.postgres, credential.user, credential.password);
    await client?.end();
    return client === null ? 'refused' : 'works';
  };
  const answers = async (credentials: readonly Handed[]) => Promise.all(credentials.map(answer));

  const retired = (id: string, timeout = 30_000) =>
    vi.waitFor(
      async () => {
        const { credentials } = await minting.grant(id);
        expect(credentials.every(({ retiredAt }) => retiredAt !== null)).toBe(true);
      },
      { timeout, interval: 50 },
    );

  it('mints when a grant is active, and ends it when its time is over, each on record', async () => {
    const running = agent('one');
    await running.until(({ event }) => event === 'leading');
    const grant = await minting.activeGrant({ seconds: 8 });
    const credentials = await issued(grant.grant, 3);
    expect(await answers(credentials)).toEqual(['works', 'works', 'works']);
    await retired(grant.grant);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(grant.expiresAt ?? ''));
    await vi.waitFor(async () => expect(await answers(credentials)).toEqual(['refused', 'refused', 'refused']));
    expect((await minting.grant(grant.grant)).status).toBe('expired');
    const about = (await minting.entries()).filter((entry) => entry.grant === grant.grant && entry.kind === 'grant');
    expect(about.map(({ phase }) => phase)).toEqual([
      ...['request', 'activate', 'issue', 'issue', 'issue', 'expire', 'retire', 'retire'],
    ]);
    expect(running.output()).not.toMatch(/eyJ|till-box|password/);
  }, 60_000);

  it('is told of as well while it leads and while it waits', async () => {
    const running = agent('well');
    await running.until(({ event }) => event === 'leading');
    expect(await running.health()).toEqual({ code: 200, words: 'leading' });
    const waiting = agent('waits');
    await waiting.until(({ event }) => event === 'waiting');
    expect(await waiting.health()).toEqual({ code: 200, words: 'waiting for the Lease' });
  }, 60_000);

  it('leads alone: of two one waits, and takes over when the other is gone, at once when that one says so', async () => {
    const first = agent('first');
    await first.until(({ event }) => event === 'leading');
    const second = agent('second');
    await second.until(({ event }) => event === 'waiting');
    expect(second.events.some(({ event }) => event === 'leading')).toBe(false);
    const since = Date.now();
    await first.end('SIGKILL');
    await second.until(({ event }) => event === 'leading', 40_000);
    expect(Date.now() - since).toBeGreaterThan(9_000);
    const third = agent('third');
    await third.until(({ event }) => event === 'waiting');
    const asked = Date.now();
    await second.end('SIGTERM');
    await third.until(({ event }) => event === 'leading');
    expect(Date.now() - asked).toBeLessThan(9_000);
  }, 90_000);

  it('may be replaced in the middle of an active grant, which works on, is not minted again, and ends', async () => {
    const old = agent('old');
    await old.until(({ event }) => event === 'leading');
    const grant = await minting.activeGrant();
    const credentials = await issued(grant.grant, 3);
    await old.end('SIGTERM');
    expect(await answers(credentials)).toEqual(['works', 'works', 'works']);
    const renewed = agent('renewed');
    await renewed.until(({ event }) => event === 'leading', 40_000);
    expect(await answers(credentials)).toEqual(['works', 'works', 'works']);
    await minting.ledger.append({ kind: 'grant', phase: 'revoke', grant: grant.grant, reason: 'enough' });
    const since = Date.now();
    await retired(grant.grant);
    expect(Date.now() - since).toBeLessThan(10_000);
    expect(await answers(credentials)).toEqual(['refused', 'refused', 'refused']);
    expect((await minting.grant(grant.grant)).credentials).toHaveLength(3);
  }, 90_000);

  it('may be dead when a grant ends: what still works is what was said to, and the next one removes it', async () => {
    const running = agent('dying');
    await running.until(({ event }) => event === 'leading');
    const { grant, expiresAt } = await minting.activeGrant({ seconds: 8 });
    const credentials = await issued(grant, 3);
    const login = credentials.find(({ system }) => system === 'postgres');
    const session = login?.system === 'postgres' ? await loginAs(minting.postgres, login.user, login.password) : null;
    await running.end('SIGKILL');
    await vi.waitUntil(() => Date.now() > Date.parse(expiresAt ?? '') + 1_000, { timeout: 15_000 });
    const { credentials: said } = await minting.grant(grant);
    for (const credential of credentials) {
      const works = (await answer(credential)) === 'works';
      const id = credential.system === 'kubernetes' ? `kubernetes/eu/${credential.namespace}` : 'postgres/pg-1';
      const residual = said.find((known) => known.id === id);
      // PostgreSQL refuses by its own clock. A token lives ten minutes at least, and its credential says until when.
      expect(works, id).toBe(credential.system === 'kubernetes');
      expect(residual?.residualUntil === null ? 0 : Date.parse(residual?.residualUntil ?? ''), id).toSatisfy(
        (until: number) => !works || until > Date.now(),
      );
    }
    expect((await session?.query('SELECT 1 AS there'))?.rows, 'an open session, as its residual says').toEqual([
      { there: 1 },
    ]);
    const gone = new Promise((settle) => session?.once('end', () => settle('gone')));
    const next = agent('next');
    await next.until(({ event }) => event === 'leading', 40_000);
    await retired(grant);
    expect(await gone).toBe('gone');
    expect(await answers(credentials)).toEqual(['refused', 'refused', 'refused']);
  }, 90_000);

  it('sweeps what is of no grant in force, and leaves what is of another estate', async () => {
    const { estate, env, ledger } = minting;
    const signal = new AbortController().signal;
    const world = openMintingWorld({
      estate,
      clock: systemClock,
      env,
      ledger,
      parcels: parcelFolder(parcelsFolder(minting)),
      signal,
    });
    const act = licence(ledger.newId(), 'access-mint');
    const [own, other] = [ledger.newId(), ledger.newId()];
    for (const [grant, whose] of [
      [own, estate.id],
      [other, 'another'],
    ] as const) {
      await (await world.minter('eu')).makeAccount(act, {
        namespace: 'maple-toys',
        account: accountName(grant),
        labels: { [grantLabel]: grant, [estateLabel]: whose },
        annotations: { [requesterAnnotation]: 'alice' },
      });
      await (await world.logins('pg-1'))?.makeLogin(act, {
        name: loginName(grant),
        password: 'of-a-test-that-ends',
        validUntil: '2099-01-01T00:00:00Z',
        roles: [],
        comment: `till grant ${grant} of estate ${whose}`,
      });
    }
    await world.close();
    const running = agent('sweeping');
    await running.until(({ duty, event }) => duty === 'sweep' && event === 'done', 40_000);
    const { items } = await minting.server.admin.get('/api/v1/namespaces/maple-toys/serviceaccounts');
    const accounts = each(items).map(({ metadata }) => String(metadata?.['name']));
    expect(accounts).not.toContain(accountName(own));
    expect(accounts).toContain(accountName(other));
    const logins = await minting.postgres.sql(
      'postgres',
      "SELECT rolname FROM pg_roles WHERE rolname LIKE 'till\\_g\\_%'",
    );
    expect(logins).toEqual([{ rolname: loginName(other) }]);
  }, 90_000);

  it('labels namespaces at both edges of a freeze', async () => {
    const running = agent('freezing');
    await running.until(({ event }) => event === 'leading', 40_000);
    const freeze = minting.ledger.newId();
    const [from, until] = [0, 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString());
    const labelled = async () => {
      const { items } = await minting.server.admin.get('/api/v1/namespaces?labelSelector=till.dev/frozen%3Dblack-week');
      return each(items).map(({ metadata }) => String(metadata?.['name']));
    };
    await minting.ledger.append({
      kind: 'freeze',
      phase: 'begin',
      reason: 'a test',
      params: {
        freeze,
        name: 'black-week',
        from: from ?? '',
        until: until ?? '',
        timezone: 'UTC',
        scope: { tenants: ['maple-toys'] },
      },
    });
    await vi.waitFor(async () => expect(await labelled()).toEqual(['maple-toys']), { timeout: 20_000 });
    await minting.ledger.append({ kind: 'freeze', phase: 'end', params: { freeze } });
    await vi.waitFor(async () => expect(await labelled()).toEqual([]), { timeout: 20_000 });
  }, 90_000);
});
