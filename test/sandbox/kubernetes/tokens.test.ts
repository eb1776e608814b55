import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AuditLog } from '#sandbox/kubernetes/access/audit-log.ts';
import { ApiClient, each } from '../../contract/client.ts';
import { deployment, type TestCluster, testCluster } from './cluster.ts';
import { ManualTime } from './manual-time.ts';

let cluster: TestCluster;
const time = new ManualTime();
const namespace = 'maple-toys';
const operator = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'operator', namespace } };
const grant = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  type: 'till.dev/grant',
});

beforeAll(async () => {
  cluster = await testCluster({
    clock: time,
    timers: time,
    maxTokenSeconds: 7200,
    seed: [operator, grant('first'), deployment('web')],
  });
});
afterAll(() => cluster[Symbol.asyncDispose]());

async function mint(spec: object = {}) {
  const answer = await cluster.admin.post(`/api/v1/namespaces/${namespace}/serviceaccounts/operator/token`, { spec });
  return { answer, token: String(answer.body['status']?.['token']) };
}

const boundTo = (kind: string, name: string) => ({ boundObjectRef: { apiVersion: 'v1', kind, name } });

async function asked(token: string): Promise<number> {
  const client = ApiClient.withToken(cluster.kubernetes.kubeconfigPath, token);
  try {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    return (await client.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', body)).code;
  } finally {
    await client.close();
  }
}

describe('a token of a ServiceAccount', () => {
  it('is shortened to what the server allows at most, with a warning', async () => {
    const { answer } = await mint({ expirationSeconds: 14_400 });
    expect(answer.headers['warning']).toBe('299 - "requested expiration of 14400 seconds shortened to 7200 seconds"');
    expect(answer.body['spec']?.['expirationSeconds']).toBe(7200);
    expect(answer.body['status']?.['expirationTimestamp']).toBe(
      new Date(Math.floor(time.now() / 1000) * 1000 + 7_200_000).toISOString().replace('.000', ''),
    );
  });

  it('ends a minute after its end, and ten seconds later where it is in use', async () => {
    const [unused, used] = [
      (await mint({ expirationSeconds: 600 })).token,
      (await mint({ expirationSeconds: 600 })).token,
    ];
    await time.advance(655_000);
    expect(await asked(used)).toBe(201);
    await time.advance(6_000);
    expect(await asked(unused)).toBe(401);
    expect(await asked(used)).toBe(201);
    await time.advance(5_000);
    expect(await asked(used)).toBe(401);
  });

  it('is believed for ten seconds after its Secret is gone, which use does not prolong', async () => {
    const { token } = await mint(boundTo('Secret', 'first'));
    expect(await asked(token)).toBe(201);
    cluster.kubernetes.remove({ kind: 'Secret', name: 'first', namespace });
    await time.advance(6_000);
    expect(await asked(token)).toBe(201);
    await time.advance(4_000);
    expect(await asked(token)).toBe(401);
    cluster.kubernetes.apply(grant('first'));
    expect(await asked(token)).toBe(401);
  });

  it('outlives by a minute a Secret that is to be deleted but held', async () => {
    const held = { ...grant('held'), metadata: { ...grant('held').metadata, finalizers: ['till.dev/held'] } };
    cluster.kubernetes.apply(held);
    const { token } = await mint(boundTo('Secret', 'held'));
    const deletionTimestamp = new Date(time.now()).toISOString();
    cluster.kubernetes.apply({ ...held, metadata: { ...held.metadata, deletionTimestamp } });
    await time.advance(60_000);
    expect(await asked(token)).toBe(201);
    await time.advance(11_000);
    expect(await asked(token)).toBe(401);
  });

  it('of a pod tells the pod and its node, and dies with the pod', async () => {
    const [pod] = cluster.kubernetes.list('Pod', namespace);
    const name = pod?.metadata.name ?? '';
    const { token } = await mint(boundTo('Pod', name));
    const review = await cluster.admin.post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token } });
    const { nodeName = '' } = (pod?.spec ?? {}) as { readonly nodeName?: string };
    const node = cluster.kubernetes.get({ kind: 'Node', name: nodeName });
    expect(review.body['status']?.['user']?.['extra']).toEqual({
      'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/)],
      'authentication.kubernetes.io/node-name': [node?.metadata.name],
      'authentication.kubernetes.io/node-uid': [node?.metadata.uid],
      'authentication.kubernetes.io/pod-name': [name],
      'authentication.kubernetes.io/pod-uid': [pod?.metadata.uid],
    });
    await cluster.admin.ask(`/api/v1/namespaces/${namespace}/pods/${name}?gracePeriodSeconds=0`, { method: 'DELETE' });
    await time.advance(91_000);
    await vi.waitFor(async () => expect(await asked(token)).toBe(401));
  });
});

describe('a Secret that asks for a token', () => {
  const asking = (name: string, owner: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, annotations: { 'kubernetes.io/service-account.name': owner } },
    type: 'kubernetes.io/service-account-token',
  });
  const filled = async (name: string): Promise<string> => {
    const data = await vi.waitUntil(
      () => cluster.kubernetes.get({ kind: 'Secret', name, namespace })?.['data'] as Record<string, string> | undefined,
    );
    return Buffer.from(data['token'] ?? '', 'base64').toString();
  };

  it('is given one that does not end by itself: why policies refuse such Secrets', async () => {
    cluster.kubernetes.apply(asking('lasting', 'operator'));
    const token = await filled('lasting');
    await time.advance(3 * 3_600_000);
    expect(await asked(token)).toBe(201);
    cluster.kubernetes.remove({ kind: 'Secret', name: 'lasting', namespace });
    await time.advance(11_000);
    expect(await asked(token)).toBe(401);
  });

  it('goes with its ServiceAccount, and does not stay without one', async () => {
    const other = { ...operator, metadata: { name: 'other', namespace } };
    cluster.kubernetes.apply(other);
    cluster.kubernetes.apply(asking('of-other', 'other'));
    cluster.kubernetes.apply(asking('of-nobody', 'nobody'));
    const token = await filled('of-other');
    cluster.kubernetes.remove({ kind: 'ServiceAccount', name: 'other', namespace });
    expect(await asked(token)).toBe(401);
    const names = () => cluster.kubernetes.list('Secret', namespace).map(({ metadata }) => metadata.name);
    await vi.waitFor(() => expect(names()).not.toEqual(expect.arrayContaining(['of-other'])));
    expect(names()).not.toContain('of-nobody');
  });
});

describe('a role made of others', () => {
  const rulesOf = (name: string) =>
    each((cluster.kubernetes.get({ kind: 'ClusterRole', name }) as { rules?: object })?.rules as never);

  it('has their rules from the start, and view’s are in edit’s, and these in admin’s', () => {
    const [view, edit, admin] = ['view', 'edit', 'admin'].map(rulesOf);
    expect(view?.length).toBeGreaterThan(5);
    expect(edit).toEqual(expect.arrayContaining([...(view ?? [])]));
    expect(admin).toEqual(expect.arrayContaining([...(edit ?? [])]));
    expect(JSON.stringify(view)).not.toContain('secrets');
  });

  it('takes up a role that is labelled for it, and lets it go', async () => {
    const rule = { apiGroups: ['traefik.io'], resources: ['middlewares'], verbs: ['get'] };
    cluster.kubernetes.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'till:view', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      rules: [rule],
    });
    await vi.waitFor(() => expect(rulesOf('admin')).toContainEqual(rule));
    cluster.kubernetes.remove({ kind: 'ClusterRole', name: 'till:view' });
    await vi.waitFor(() => expect(rulesOf('admin')).not.toContainEqual(rule));
  });
});

describe('the audit log', () => {
  it('is private', () => {
    expect(statSync(cluster.kubernetes.auditLogPath).mode & 0o777).toBe(0o600);
  });

  it('keeps to a size: one file and an older one, no line lost between them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'till-audit-'));
    const log = new AuditLog(join(folder, 'audit.log'), 2000);
    for (let count = 0; count < 30; count += 1) {
      log.append({ count, filler: 'x'.repeat(80) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    log.close();
    const read = (name: string) => readFileSync(join(folder, name), 'utf8').trim().split('\n');
    const [old, young] = [read('audit.log.1'), read('audit.log')];
    const counts = [...old, ...young].map((line) => Number((JSON.parse(line) as { count: number }).count));
    expect(counts).toEqual(Array.from({ length: counts.length }, (_, index) => 30 - counts.length + index));
    expect(old.length).toBeGreaterThan(10);
    expect(statSync(join(folder, 'audit.log')).size).toBeLessThanOrEqual(2000);
    rmSync(folder, { recursive: true });
  });
});
