import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { powers, reading } from '#estate/enforcement/powers.ts';
import type { Estate } from '#estate/estate.ts';
import { readCloudNativePg } from '#systems/cloudnativepg/cluster.ts';
import { promotion } from '#systems/cloudnativepg/promote.ts';
import type { ApiServer } from '../../contract/api-server.ts';
import { mergePatch } from '../../contract/client.ts';
import { startAddress } from '../../switchover/address.ts';
import { clusterPath, healthy, place, primaryOf, startCloudNativePg } from '../../switchover/cloudnativepg.ts';
import { startPair } from '../../switchover/pair.ts';
import { logins, prepare } from '../../switchover/world.ts';
import { actingOn, aTenant } from '../acting.ts';

/** What holds on the sandbox's API and on a real one. The operator is a stand-in; the two PostgreSQL servers are real. */
export function cloudNativePgContract(start: () => Promise<ApiServer>): void {
  let api: ApiServer;
  beforeAll(async () => {
    api = await start();
  });
  afterAll(() => api.stop());

  async function startWorld(
    options: { readonly timeoutMs?: number; readonly spec?: Readonly<Record<string, unknown>> } = {},
  ) {
    const pair = await startPair({ names: ['pg-1', 'pg-2'], prepare });
    onTestFinished(() => pair.close(), 60_000);
    const operator = await startCloudNativePg(api, pair, options.spec);
    onTestFinished(async () => {
      await operator.close();
      await api.admin.ask(clusterPath, { method: 'DELETE' });
    }, 60_000);
    let primary: number | null = pair.a.port;
    const looking = setInterval(() => {
      void primaryOf(pair).then((port) => {
        primary = port;
      });
    }, 150);
    const address = await startAddress(() => primary);
    onTestFinished(async () => {
      clearInterval(looking);
      await address.close();
    });
    const password = { env: 'PG_PASSWORD' };
    const server: Estate['postgres'][string] = {
      ...{
        host: address.host,
        port: address.port,
        user: logins.monitor,
        password,
        tls: 'disable',
        database: 'postgres',
      },
      restore: { user: logins.restore, password },
      cloudnativepg: { cluster: 'eu-prod', ...place },
    };
    const acting = await actingOn(
      {
        postgres: { 'pg-main': server },
        clusters: { 'eu-prod': { kubeconfig: api.kubeconfigPath } } as never,
      },
      {
        env: { PG_PASSWORD: logins.password },
        ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
        tenants: [
          aTenant('maple-toys', { postgres: 'pg-main', database: 'maple_toys' }),
          aTenant('bike-barn', { postgres: 'pg-main', database: 'bike_barn' }),
        ],
      },
    );
    return { pair, operator, acting };
  }

  it('plans with what the operator and the primary say, and shows how long it may take', async () => {
    const { acting } = await startWorld();
    const { plan } = await acting.plan('switchover', {}, 'maple-toys');
    expect(plan).toMatchObject({
      ...{ danger: 'severe', confirmWith: 'pg-main', tenants: ['maple-toys', 'bike-barn'], blockers: [] },
      changes: [{ field: 'primary', before: 'pg-1', after: 'pg-2', owner: 'CloudNativePG data/pg' }],
      objects: [
        { kind: 'PostgreSQL', name: 'pg-main', version: '1' },
        { system: 'kubernetes', kind: 'Cluster', namespace: 'data', name: 'pg', version: '1' },
      ],
      equivalents: ['kubectl cnpg promote -n data pg pg-2'],
    });
    expect(plan.warnings).toContain('pg-2 could lead: healthy, asynchronous, 0 bytes behind');
    expect(plan.warnings.join()).toContain('may legally take 600 s');
  }, 60_000);

  it('promotes by the status, waits for the operator and for the server itself, and leaves its stamp', async () => {
    const { acting, operator, pair } = await startWorld();
    const outcome = await acting.perform('switchover', { to: 'pg-2' }, 'maple-toys');
    expect(outcome).toMatchObject({ status: 'ok', message: 'pg-2 leads on timeline 2, and pg-1 follows it' });
    expect(await operator.status()).toMatchObject({ currentPrimary: 'pg-2', targetPrimary: 'pg-2', phase: healthy });
    expect(await pair.b.sql('SELECT pg_is_in_recovery() AS standby')).toEqual([{ standby: false }]);
    const [intent] = await acting.entries({ phase: 'intent' });
    expect(JSON.stringify((await api.admin.get(clusterPath))['metadata'])).toContain(
      `"till-${intent?.operation ?? '?'}"`,
    );
  }, 90_000);

  it('says that it is not known when the operator takes the target back, or leaves it', async () => {
    const { acting, operator } = await startWorld({ timeoutMs: 5_000 });
    operator.manner = 'sleeps';
    const asleep = await acting.perform('switchover', {}, 'maple-toys');
    expect(asleep).toMatchObject({ status: 'unknown' });
    expect(asleep?.message).toContain('Switchover in progress (Switching over to pg-2)');
    // Nothing more may be asked of it meanwhile.
    const { plan } = await acting.plan('switchover', {}, 'maple-toys');
    expect(plan.blockers.map(({ reason }) => reason).join()).toContain('pg-2 is to take over from pg-1 already');
    operator.manner = 'reverts';
    await expect.poll(async () => (await operator.status())['targetPrimary']).toBe('pg-1');
    expect(await acting.perform('switchover', {}, 'maple-toys')).toMatchObject({
      status: expect.stringMatching(/^(?:failed|unknown)$/u),
    });
  }, 90_000);

  it('is blocked for an instance that is fenced, and for a Cluster that follows another', async () => {
    const { acting } = await startWorld({ spec: { replica: { enabled: true } } });
    await api.admin.ask(clusterPath, {
      ...{ method: 'PATCH', headers: mergePatch },
      body: { metadata: { annotations: { 'cnpg.io/fencedInstances': '["pg-2"]' } } },
    });
    const { plan } = await acting.plan('switchover', { to: 'pg-2' }, 'maple-toys');
    expect(plan.blockers.map(({ reason }) => reason)).toEqual([
      'it follows another Cluster: its primary only receives',
      'it is fenced',
    ]);
  }, 60_000);

  it('asks for what the powers of the action give, and for no more', async () => {
    const { acting } = await startWorld();
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/data';
    const metadata = { name: 'switchover', namespace: 'data' };
    const rules = [...reading, ...(powers['switchover']?.kubernetes ?? [])];
    await api.admin.post(`${rbac}/roles`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules,
    });
    await api.admin.post(`${rbac}/rolebindings`, {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'switchover' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'actor' }],
    });
    const as = { 'impersonate-user': 'actor' };
    const held = await readCloudNativePg(await acting.context.cluster('eu-prod'), place);
    const body = { metadata: { resourceVersion: held.resourceVersion }, ...promotion(held, 'pg-1', Date.now()) };
    const patch = (path: string, what: object) =>
      api.admin.ask(path, { method: 'PATCH', headers: { ...mergePatch, ...as }, body: what });
    const codes = [
      await api.admin.ask(clusterPath, { headers: as }),
      await api.admin.ask('/api/v1/namespaces/data/pods/pg-2', { headers: as }),
      await patch(`${clusterPath}/status?dryRun=All`, body),
      await patch(`${clusterPath}?dryRun=All`, { spec: { instances: 1 } }),
    ].map(({ code }) => code);
    expect(codes).toEqual([200, 200, 200, 403]);
    // Whoever wrote in between wins: the version that was read goes along.
    await api.admin.ask(`${clusterPath}/status`, {
      ...{ method: 'PATCH', headers: mergePatch, body: { status: { readyInstances: 1 } } },
    });
    expect((await patch(`${clusterPath}/status`, body)).code).toBe(409);
  }, 60_000);
}
