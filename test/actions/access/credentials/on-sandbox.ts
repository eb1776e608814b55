import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { end } from '#actions/access/credentials/end.ts';
import { grantedCredentials } from '#actions/access/credentials/granted.ts';
import { type Handed, lackedBy, mint, sealedFor } from '#actions/access/credentials/mint.ts';
import { ownKey } from '#actions/access/credentials/own-key.ts';
import { parcelFolder } from '#actions/access/credentials/parcels.ts';
import { open } from '#actions/access/credentials/seal.ts';
import type { MintingWorld } from '#actions/access/credentials/world.ts';
import { ledgerFolder } from '#actions/context.ts';
import { usualEnforcement } from '#estate/enforcement/manifest.ts';
import { accessRoles } from '#estate/enforcement/roles.ts';
import type { Tenant } from '#estate/estate.ts';
import { stateHome } from '#health/state-folder.ts';
import type { Grant } from '#ledger/access/grant.ts';
import { openFileLedger } from '#ledger/file-store.ts';
import { thisProcess } from '#ledger/identity.ts';
import { openClusterMinter } from '#systems/kubernetes/minter-open.ts';
import { ApiClient } from '../../../contract/client.ts';
import { deployment, type TestCluster, testCluster } from '../../../sandbox/kubernetes/cluster.ts';
import { ManualTime } from '../../../sandbox/kubernetes/manual-time.ts';

const id = '9a3c2f52-0f5e-4f0a-8a57-0e2f6c1f7d11';
const tenant = { name: 'maple-toys', cluster: 'sandbox', namespace: 'maple-toys', postgres: null } as unknown as Tenant;

/** Minting in the sandbox's cluster, by a clock that is turned by hand. */
export interface MintingByHand {
  readonly time: ManualTime;
  readonly world: MintingWorld;
  readonly cluster: TestCluster;
  /** Asked for, approved at once (there is no policy) and activated; nothing is issued for it yet. */
  activeGrant(seconds: number, key?: string | null): Promise<Grant>;
  grant(id: string): Promise<Grant>;
  /** The ids of what it lacks now. */
  lacked(id: string): Promise<readonly string[]>;
  minted(id: string): ReturnType<typeof mint>;
  ended(id: string): ReturnType<typeof end>;
  /** What its subject finds, oldest first, opened. */
  tokens(id: string): Promise<readonly string[]>;
  /** The one that a worker that begins now acts with. */
  workersToken(id: string): Promise<string | null>;
  /** The status with which the API server answers to this token. */
  answerTo(token: string): Promise<number>;
  close(): Promise<void>;
}

export async function mintingByHand(): Promise<MintingByHand> {
  const time = new ManualTime();
  const folder = mkdtempSync(join(tmpdir(), 'till-minting-'));
  const env = { XDG_STATE_HOME: folder };
  const estate = { id, clusters: { sandbox: { context: 'till-sandbox-admin' } }, postgres: {}, redis: {} } as never;
  const state = stateHome(id, env);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const key = ownKey(state);
  const roles = accessRoles(usualEnforcement).filter(({ kind }) => kind === 'ClusterRole');
  const cluster = await testCluster({ clock: time, timers: time, seed: [deployment('web'), ...roles] });
  const ledger = openFileLedger({
    folder: ledgerFolder(estate, env),
    estateId: id,
    clock: time,
    identity: thisProcess(),
  });
  const minter = openClusterMinter({
    kubeconfig: cluster.kubernetes.kubeconfigPath,
    context: 'till-sandbox-admin',
    clock: time,
  });
  const world: MintingWorld = {
    estate,
    ...{ clock: time, ledger, parcels: parcelFolder(ledgerFolder(estate, env)), signal: new AbortController().signal },
    now: async () => time.now(),
    tenants: async () => [tenant],
    minter: async () => minter,
    logins: async () => null,
    acl: async () => null,
  };
  const grant = async (wanted: string): Promise<Grant> => {
    const found = (await ledger.state()).grants.get(wanted);
    if (found === undefined) {
      throw new Error(`there is no grant ${wanted}`);
    }
    return found;
  };
  return {
    ...{ time, world, cluster, grant },
    async activeGrant(seconds, sealedTo = key.publicKey) {
      const wanted = ledger.newId();
      await ledger.append({
        kind: 'grant',
        phase: 'request',
        grant: wanted,
        reason: 'a test',
        params: {
          ...{ form: 'standard', subject: thisProcess().user, actions: ['scale'], tenants: ['maple-toys'] },
          ...{ seconds, key: sealedTo },
        },
      });
      await ledger.append({ kind: 'grant', phase: 'activate', grant: wanted });
      return grant(wanted);
    },
    lacked: async (wanted) => (await lackedBy(await grant(wanted), world)).map(({ id: lacked }) => lacked),
    ended: async (wanted) => end(await grant(wanted), world),
    async minted(wanted) {
      const active = await grant(wanted);
      return mint(active, await lackedBy(active, world), world);
    },
    async tokens(wanted) {
      const parcels = await world.parcels.of(wanted);
      return (await grant(wanted)).credentials.map((credential) => {
        const box = parcels.find((parcel) => parcel.credential === credential.id)?.sealed ?? '';
        const context = sealedFor(world, wanted, credential.id);
        const handed = JSON.parse(open(key.privateKey, context, box).toString()) as Handed;
        return handed.system === 'kubernetes' ? handed.token : '';
      });
    },
    async workersToken(wanted) {
      const granted = await grantedCredentials(wanted, { estate, clock: time, env, ledger });
      return granted?.tokens('sandbox')?.get('maple-toys') ?? null;
    },
    async answerTo(token) {
      const client = ApiClient.withToken(cluster.kubernetes.kubeconfigPath, token);
      try {
        return (await client.ask('/apis/apps/v1/namespaces/maple-toys/deployments/web')).code;
      } finally {
        await client.close();
      }
    },
    async close() {
      await ledger.close();
      await cluster[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
