import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Handed, lackedBy, mint, sealedFor } from '#actions/access/credentials/mint.ts';
import { parcelFolder } from '#actions/access/credentials/parcels.ts';
import { newKey, open } from '#actions/access/credentials/seal.ts';
import type { MintingWorld } from '#actions/access/credentials/world.ts';
import { usualEnforcement } from '#estate/enforcement/manifest.ts';
import { accessRoles } from '#estate/enforcement/roles.ts';
import type { Tenant } from '#estate/estate.ts';
import { openFileLedger } from '#ledger/file-store.ts';
import { thisProcess } from '#ledger/identity.ts';
import { openClusterMinter } from '#systems/kubernetes/minter-open.ts';
import { ApiClient } from '../../../contract/client.ts';
import { deployment, type TestCluster, testCluster } from '../../../sandbox/kubernetes/cluster.ts';
import { ManualTime } from '../../../sandbox/kubernetes/manual-time.ts';

const id = '9a3c2f52-0f5e-4f0a-8a57-0e2f6c1f7d11';
const tenant = { name: 'maple-toys', cluster: 'sandbox', namespace: 'maple-toys', postgres: null } as unknown as Tenant;

describe('a token when everybody is dead at the end of its grant', () => {
  const time = new ManualTime();
  const folder = mkdtempSync(join(tmpdir(), 'till-expiry-'));
  const key = newKey();
  let cluster: TestCluster;
  let world: MintingWorld;
  beforeAll(async () => {
    const roles = accessRoles(usualEnforcement).filter(({ kind }) => kind === 'ClusterRole');
    cluster = await testCluster({ clock: time, timers: time, seed: [deployment('web'), ...roles] });
    const ledger = openFileLedger({
      folder: join(folder, 'ledger'),
      estateId: id,
      clock: time,
      identity: thisProcess(),
    });
    const minter = openClusterMinter({
      kubeconfig: cluster.kubernetes.kubeconfigPath,
      context: 'till-sandbox-admin',
      clock: time,
    });
    world = {
      estate: { id, clusters: { sandbox: { context: 'till-sandbox-admin' } }, postgres: {}, redis: {} } as never,
      ...{ clock: time, ledger, parcels: parcelFolder(folder), signal: new AbortController().signal },
      now: async () => time.now(),
      tenants: async () => [tenant],
      minter: async () => minter,
      logins: async () => null,
      acl: async () => null,
    };
  });
  afterAll(async () => {
    await world?.ledger.close();
    await cluster?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Minted for so long, and then nobody is left to end it. */
  async function abandoned(seconds: number) {
    const { ledger } = world;
    const grant = ledger.newId();
    const params = {
      form: 'standard',
      subject: thisProcess().user,
      actions: ['scale'],
      tenants: ['maple-toys'],
      seconds,
    } as const;
    await ledger.append({
      kind: 'grant',
      phase: 'request',
      grant,
      reason: 'a test',
      params: { ...params, key: key.publicKey },
    });
    await ledger.append({ kind: 'grant', phase: 'activate', grant });
    const active = (await ledger.state()).grants.get(grant);
    if (active === undefined) {
      throw new Error('no grant');
    }
    const made = await mint(active, await lackedBy(active, world), world);
    expect(made).toMatchObject({ status: 'ok' });
    const [credential] = (await ledger.state()).grants.get(grant)?.credentials ?? [];
    const [parcel] = await world.parcels.of(grant);
    const context = sealedFor(world, grant, credential?.id ?? '');
    const handed = JSON.parse(open(key.privateKey, context, parcel?.sealed ?? '').toString()) as Handed;
    const token = handed.system === 'kubernetes' ? handed.token : '';
    const until = (instant: string | null | undefined) => Date.parse(instant ?? '') - time.now();
    return { active, credential, until, ask: () => answerTo(token) };
  }

  async function answerTo(token: string): Promise<number> {
    const client = ApiClient.withToken(cluster.kubernetes.kubeconfigPath, token);
    try {
      return (await client.ask('/apis/apps/v1/namespaces/maple-toys/deployments/web')).code;
    } finally {
      await client.close();
    }
  }

  it('is refused by the API server itself from what was said to be its residual, though it was in use all along', async () => {
    const { active, credential, until, ask } = await abandoned(900);
    expect(until(credential?.expiresAt) - until(active.expiresAt)).toBeLessThan(2_000);
    expect(await ask()).toBe(200);
    await time.advance(until(credential?.expiresAt) + 58_000);
    expect(await ask()).toBe(200);
    await time.advance(until(credential?.residualUntil));
    expect(await ask()).toBe(401);
  });

  it('lives ten minutes where the grant was shorter, and its credential says so beforehand', async () => {
    const { active, credential, until, ask } = await abandoned(300);
    expect(credential?.residual).toContain('A token lives 600 s at least');
    expect(until(credential?.expiresAt) - until(active.expiresAt)).toBeGreaterThan(290_000);
    await time.advance(until(active.expiresAt) + 1_000);
    expect(await ask()).toBe(200);
    await time.advance(until(credential?.residualUntil) + 1_000);
    expect(await ask()).toBe(401);
  });
});
