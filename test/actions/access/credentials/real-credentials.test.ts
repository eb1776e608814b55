import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { end } from '#actions/access/credentials/end.ts';
import { type Handed, lackedBy, mint, sealedFor } from '#actions/access/credentials/mint.ts';
import { type OpenMintingWorld, openMintingWorld } from '#actions/access/credentials/open-world.ts';
import { ownKey } from '#actions/access/credentials/own-key.ts';
import { parcelFolder } from '#actions/access/credentials/parcels.ts';
import { open } from '#actions/access/credentials/seal.ts';
import { grantLabel, loginName } from '#estate/enforcement/names.ts';
import { stateHome } from '#health/state-folder.ts';
import { systemClock } from '#text/clock.ts';
import { ApiClient, each } from '../../../contract/client.ts';
import { runChild } from '../../world.ts';
import { loginAs, type Minting, parcelsFolder, startMinting, tenants } from './minting.ts';

const script = fileURLToPath(new URL('./children/dies.ts', import.meta.url));

describe(`credentials of a grant, on a real kube-apiserver and a real PostgreSQL`, () => {
  let minting: Minting;
  let world: OpenMintingWorld;
  beforeAll(async () => {
    minting = await startMinting();
    const { estate, env, ledger } = minting;
    const parcels = parcelFolder(parcelsFolder(minting));
    world = openMintingWorld({
      estate,
      clock: systemClock,
      env,
      ledger,
      parcels,
      signal: new AbortController().signal,
    });
  }, 60_000);
  afterAll(async () => {
    await world?.close();
    await minting?.close();
  });

  const run = async (id: string, what: 'mint' | 'end' | 'sweep', number = 0) => {
    const died = await runChild(script, [minting.estatePath, id, what, String(number)], minting.env);
    return {
      ...died,
      told: died.code === 0 ? (JSON.parse(died.err) as { status: string; message: string; events: number }) : null,
    };
  };

  /** The same in this process, which nobody kills. */
  const here = async (id: string, what: 'mint' | 'end') => {
    const grant = await minting.grant(id);
    return what === 'mint' ? await mint(grant, await lackedBy(grant, world), world) : await end(grant, world);
  };

  /** What the subject can open with the key of their machine. */
  const handed = async (id: string): Promise<readonly Handed[]> => {
    const { privateKey } = ownKey(stateHome(minting.estate.id, minting.env));
    const parcels = await parcelFolder(parcelsFolder(minting)).of(id);
    return parcels.map(
      ({ credential, sealed }) =>
        JSON.parse(open(privateKey, sealedFor(minting, id, credential), sealed).toString()) as Handed,
    );
  };

  const objectsOf = async (id: string): Promise<readonly string[]> => {
    const label = encodeURIComponent(`${grantLabel}=${id}`);
    const paths = ['/api/v1/serviceaccounts', '/apis/rbac.authorization.k8s.io/v1/rolebindings'];
    const lists = await Promise.all(paths.map((path) => minting.server.admin.get(`${path}?labelSelector=${label}`)));
    return lists.flatMap(({ items }) =>
      each(items).map(({ metadata }) => `${String(metadata?.['namespace'])}/${String(metadata?.['name'])}`),
    );
  };

  const codeWith = async (token: string, namespace: string) => {
    const client = ApiClient.withToken(minting.server.kubeconfigPath, token);
    const { code } = await client.ask(`/apis/apps/v1/namespaces/${namespace}/deployments/odoo-web`);
    await client.close();
    return code;
  };

  it('are made for it alone, sealed to its subject, and named in the ledger with when they end', async () => {
    const grant = await minting.activeGrant();
    const { told } = await run(grant.grant, 'mint');
    expect(told).toMatchObject({ status: 'ok' });
    const { credentials, expiresAt } = await minting.grant(grant.grant);
    expect(credentials.map(({ id }) => id)).toEqual([
      ...tenants.toSorted().map((tenant) => `kubernetes/eu/${tenant}`),
      'postgres/pg-1',
    ]);
    for (const { system, residualUntil, expiresAt: ends, residual, sealed } of credentials) {
      expect(sealed).toMatch(/^[0-9a-f]{64}$/);
      expect(Math.abs(Date.parse(ends ?? '') - Date.parse(expiresAt ?? ''))).toBeLessThan(3_000);
      expect(residualUntil === null).toBe(system !== 'kubernetes');
      expect(residual).not.toBe('');
    }
    for (const credential of await handed(grant.grant)) {
      if (credential.system === 'kubernetes') {
        expect(await codeWith(credential.token, credential.namespace)).toBe(200);
        const elsewhere = tenants.find((tenant) => tenant !== credential.namespace) ?? '';
        expect(await codeWith(credential.token, elsewhere)).toBe(403);
      } else {
        const client = await loginAs(minting.postgres, credential.user, credential.password);
        expect(
          (
            await client?.query('SELECT pg_has_role($1, $2, $3) AS has', [
              credential.user,
              'pg_signal_backend',
              'USAGE',
            ])
          )?.rows,
        ).toEqual([{ has: true }]);
        await expect(client?.query('CREATE ROLE another')).rejects.toThrow('permission denied');
        await client?.end();
      }
    }
    const text = JSON.stringify(await minting.entries());
    for (const credential of await handed(grant.grant)) {
      expect(text).not.toContain('token' in credential ? credential.token : credential.password);
    }
  });

  it('end at once and leave nothing: the tokens 403 or 401, the login refused, its open session gone', async () => {
    const grant = await minting.activeGrant();
    await run(grant.grant, 'mint');
    const given = await handed(grant.grant);
    const login = given.find((credential) => credential.system === 'postgres');
    if (login?.system !== 'postgres') {
      throw new Error('no login was made');
    }
    const session = await loginAs(minting.postgres, login.user, login.password);
    const gone = new Promise((settle) => session?.once('end', () => settle('gone')));
    await minting.ledger.append({ kind: 'grant', phase: 'revoke', grant: grant.grant, reason: 'enough' });
    expect((await run(grant.grant, 'end')).told).toMatchObject({ status: 'ok' });
    for (const credential of given) {
      if (credential.system === 'kubernetes') {
        expect(await codeWith(credential.token, credential.namespace)).toBeGreaterThanOrEqual(401);
      }
    }
    expect(await gone).toBe('gone');
    expect(await loginAs(minting.postgres, login.user, login.password)).toBeNull();
    expect(await objectsOf(grant.grant)).toEqual([]);
    expect(await handed(grant.grant)).toEqual([]);
    const { credentials } = await minting.grant(grant.grant);
    expect(credentials.filter(({ retiredAt }) => retiredAt === null)).toEqual([]);
  });

  it('come to the same whatever dies between any two events of minting, and so does their end', async () => {
    const whole = await minting.activeGrant({ tenants: ['maple-toys'] });
    const events = { mint: (await run(whole.grant, 'mint')).told?.events ?? 0, end: 0 };
    await minting.ledger.append({ kind: 'grant', phase: 'revoke', grant: whole.grant, reason: 'enough' });
    events.end = (await run(whole.grant, 'end')).told?.events ?? 0;
    expect(events.mint).toBeGreaterThan(15);
    expect(events.end).toBeGreaterThan(10);
    const most = Math.max(events.mint, events.end);
    for (let number = 1; number <= most; number += 1) {
      const { grant } = await minting.activeGrant({ tenants: ['maple-toys'] });
      const minted = await run(grant, 'mint', Math.min(number, events.mint));
      expect(minted.signal, `mint, event ${number}`).toBe('SIGKILL');
      const again = await here(grant, 'mint');
      expect(again.status, `mint again after event ${number}: ${JSON.stringify(again)}`).toBe('ok');
      const { credentials } = await minting.grant(grant);
      expect(
        credentials.map(({ id }) => id),
        `after event ${number}`,
      ).toEqual(['kubernetes/eu/maple-toys', 'postgres/pg-1']);
      expect(await objectsOf(grant)).toHaveLength(2);
      for (const credential of await handed(grant)) {
        if (credential.system === 'kubernetes') {
          expect(await codeWith(credential.token, credential.namespace), `after event ${number}`).toBe(200);
        } else {
          const client = await loginAs(minting.postgres, credential.user, credential.password);
          expect(client, `after event ${number}`).not.toBeNull();
          await client?.end();
        }
      }
      await minting.ledger.append({ kind: 'grant', phase: 'revoke', grant, reason: 'enough' });
      const ended = await run(grant, 'end', Math.min(number, events.end));
      expect(ended.signal, `end, event ${number}`).toBe('SIGKILL');
      const over = await here(grant, 'end');
      expect(over.status, `end again after event ${number}: ${JSON.stringify(over)}`).toBe('ok');
      expect(await objectsOf(grant), `after event ${number}`).toEqual([]);
      const logins = await minting.postgres.sql(
        'postgres',
        `SELECT 1 FROM pg_roles WHERE rolname = '${loginName(grant)}'`,
      );
      expect(logins, `after event ${number}`).toEqual([]);
      const left = (await minting.grant(grant)).credentials.filter(({ retiredAt }) => retiredAt === null);
      expect(left, `after event ${number}`).toEqual([]);
      expect(await handed(grant)).toEqual([]);
    }
    const { operations } = await minting.ledger.state();
    expect([...operations.values()]).toEqual([]);
  }, 300_000);

  it('are swept when nobody ended them, and the sweep may die anywhere too', async () => {
    const left = async () => {
      const { grant } = await minting.activeGrant({ tenants: ['maple-toys'] });
      await here(grant, 'mint');
      await minting.ledger.append({ kind: 'grant', phase: 'revoke', grant, reason: 'enough' });
      return grant;
    };
    const whole = await left();
    const events = (await run(whole, 'sweep')).told?.events ?? 0;
    expect(await objectsOf(whole)).toEqual([]);
    expect(events).toBeGreaterThan(8);
    for (let number = 1; number <= events; number += 1) {
      const grant = await left();
      expect((await run(grant, 'sweep', number)).signal, `sweep, event ${number}`).toBe('SIGKILL');
      const again = await run(grant, 'sweep');
      expect(again.told?.status, `sweep again after event ${number}: ${again.err}`).toBe('ok');
      expect(await objectsOf(grant), `after event ${number}`).toEqual([]);
      const logins = await minting.postgres.sql(
        'postgres',
        `SELECT 1 FROM pg_roles WHERE rolname = '${loginName(grant)}'`,
      );
      expect(logins, `after event ${number}`).toEqual([]);
    }
  }, 120_000);

  it('have an intent before every act, and an outcome after, under one operation for each duty', async () => {
    const entries = await minting.entries();
    const acts = entries.filter(
      ({ kind, phase, outcome }) => kind === 'operation' && phase === 'step' && outcome === null,
    );
    expect(acts.length).toBeGreaterThan(50);
    for (const { operation, seq } of acts) {
      const own = entries.filter((entry) => entry.operation === operation && entry.kind === 'operation');
      expect(own.filter(({ phase }) => phase === 'intent').map((entry) => entry.seq < seq)).toEqual([true]);
      expect(own.filter(({ phase }) => phase === 'outcome').map((entry) => entry.seq > seq)).toEqual([true]);
    }
  });
});
