import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { stringify } from 'yaml';
import { ownKey } from '#actions/access/credentials/own-key.ts';
import { ledgerFolder, openLedger } from '#actions/context.ts';
import { accessSql } from '#estate/enforcement/sql.ts';
import type { Estate } from '#estate/estate.ts';
import { findEstate } from '#estate/find.ts';
import { stateHome } from '#health/state-folder.ts';
import type { Grant } from '#ledger/access/grant.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { thisProcess } from '#ledger/identity.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { systemClock } from '#text/clock.ts';
import type { ApiServer } from '../../../contract/api-server.ts';
import { enforce, kubeconfigOf, namespaces, options } from '../../../contract/enforced.ts';
import { startRealControlPlane } from '../../../contract/real-control-plane.ts';
import { startTestPostgres, type TestPostgres } from '../../../servers.ts';

/** A real API server under till's policies, a real PostgreSQL with till's roles, an estate of two tenants, and its ledger. */
export interface Minting {
  readonly server: ApiServer;
  readonly postgres: TestPostgres;
  readonly estate: Estate;
  readonly estatePath: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ledger: Ledger;
  /** That credentials are sealed to. */
  readonly key: string;
  /** Asked for and approved at once (there is no policy), and its clock started. */
  activeGrant(request?: Partial<GrantRequest>): Promise<Grant>;
  grant(id: string): Promise<Grant>;
  entries(): Promise<readonly LedgerEntry[]>;
  close(): Promise<void>;
}

interface GrantRequest {
  readonly actions: readonly string[];
  readonly tenants: readonly string[];
  readonly seconds: number;
}

export const tenants = [...namespaces];

export async function startMinting(): Promise<Minting> {
  const home = mkdtempSync(join(tmpdir(), 'till-minting-'));
  const server = await startRealControlPlane();
  await enforce(server);
  const agent = await kubeconfigOf(server, options.namespace, options.agent);
  const postgres = await startTestPostgres();
  const password = randomBytes(12).toString('hex');
  await postgres.sql('postgres', accessSql());
  await postgres.sql('postgres', `ALTER ROLE till_minter PASSWORD '${password}'`);
  const passwordFile = join(home, 'minter.password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const estatePath = join(home, 'estate.yaml');
  writeFileSync(estatePath, stringify(estateFor(agent.path, postgres, passwordFile)));
  mkdirSync(join(home, 'state'), { mode: 0o700 });
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_STATE_HOME: join(home, 'state') };
  const estate = await findEstate({ named: estatePath, env, folder: home });
  const ledger = openLedger(estate, systemClock, env);
  const { publicKey } = ownKey(stateHome(estate.id, env));
  const grant = async (id: string): Promise<Grant> => {
    const found = (await ledger.state()).grants.get(id);
    if (found === undefined) {
      throw new Error(`there is no grant ${id}`);
    }
    return found;
  };
  return {
    ...{ server, postgres, estate, estatePath, env, ledger, grant, key: publicKey },
    async activeGrant({ actions = ['scale', 'terminate-session'], tenants: whose = tenants, seconds = 900 } = {}) {
      const id = ledger.newId();
      await ledger.append({
        kind: 'grant',
        phase: 'request',
        grant: id,
        reason: 'a test',
        params: { form: 'standard', subject: thisProcess().user, actions, tenants: whose, seconds, key: publicKey },
      });
      await ledger.append({ kind: 'grant', phase: 'activate', grant: id });
      return grant(id);
    },
    async entries() {
      const found: LedgerEntry[] = [];
      for await (const entry of ledger.entries()) {
        found.push(entry);
      }
      return found;
    },
    async close() {
      await ledger.close();
      await agent.remove();
      await Promise.all([server.stop(), postgres.stop()]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export function parcelsFolder({ estate, env }: Pick<Minting, 'estate' | 'env'>): string {
  return ledgerFolder(estate, env);
}

function estateFor(kubeconfig: string, { host, port }: TestPostgres, passwordFile: string): object {
  return {
    apiVersion: 'till/v1',
    id: '9a3c2f52-0f5e-4f0a-8a57-0e2f6c1f7d11',
    name: 'minting',
    mode: 'READ-ONLY',
    clusters: { eu: { context: 'real', kubeconfig } },
    postgres: {
      'pg-1': {
        host,
        port,
        user: 'till_monitor',
        tls: 'disable',
        minter: { user: 'till_minter', password: { file: passwordFile } },
      },
    },
    tiers: { standard: {} },
    tenants: tenants.map((name) => ({
      ...{ name, cluster: 'eu', namespace: name, environment: 'production', tier: 'standard' },
      ...{ postgres: 'pg-1', database: name.replaceAll('-', '_') },
    })),
  };
}

/** Whether this login is let in, and what it may do; `null` when it is refused. */
export async function loginAs({ host, port }: TestPostgres, user: string, password: string): Promise<Client | null> {
  const client = new Client({ host, port, user, password, database: 'postgres', connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch {
    return null;
  }
}
