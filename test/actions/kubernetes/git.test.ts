import { describe, expect, it } from 'vitest';
import { gitSourcesOf } from '#actions/kubernetes/git/sources.ts';
import { ownershipOf } from '#actions/kubernetes/owner-blocker.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { ReadFailure } from '#systems/source.ts';

// What the plan says of a field that comes from Git, for each way that Argo CD and Flux are set up (facts: gitops.md §1.2, §1.3).

const image = 'spec.template.spec.containers[odoo].image';

const deployment = (metadata: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'odoo-web', namespace: 'maple-toys', ...metadata },
  spec: { replicas: 2, template: { spec: { containers: [{ name: 'proxy' }, { name: 'odoo', image: 'odoo:17' }] } } },
});
const byArgo = deployment({
  annotations: { 'argocd.argoproj.io/tracking-id': 'maple:apps/Deployment:maple-toys/odoo-web' },
});
const marks = (tool: string, more: object = {}) =>
  deployment({
    labels: { [`${tool}.toolkit.fluxcd.io/name`]: 'apps', [`${tool}.toolkit.fluxcd.io/namespace`]: 'flux' },
    ...more,
  });
const byKustomize = (more: object = {}) => marks('kustomize', more);
const byHelm = (more: object = {}) => marks('helm', more);

/** A cluster that answers these paths and nothing else. */
function clusterWith(answers: Readonly<Record<string, unknown>>): ClusterReader {
  const get = async (path: string) => {
    const answer = answers[path];
    if (answer instanceof ReadFailure) {
      throw answer;
    }
    if (answer === undefined) {
      throw new ReadFailure('unsupported', 'not found', '404');
    }
    return answer;
  };
  return { name: 'eu-prod', get } as unknown as ClusterReader;
}

const everywhere = '/apis/argoproj.io/v1alpha1/applications?fieldSelector=metadata.name%3Dmaple&limit=2';
const kustomizations = '/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux/kustomizations/apps';
const releases = '/apis/helm.toolkit.fluxcd.io/v2/namespaces/flux/helmreleases/apps';

async function said(
  held: ReturnType<typeof deployment>,
  answers: Readonly<Record<string, unknown>>,
  field = 'spec.replicas',
) {
  const git = await gitSourcesOf([held], clusterWith(answers));
  const { blockers, warnings } = ownershipOf(held, 'Deployment maple-toys/odoo-web', field, '4', git);
  return {
    blocker: blockers.map(({ by, reason }) => `${by}: ${reason}`).join() || null,
    warning: warnings.join() || null,
    wayOut: blockers[0]?.wayOut ?? null,
  };
}

const argo = (spec: object, metadata: object = {}) => ({ [everywhere]: { items: [{ metadata, spec }] } });
const healing = { automated: { selfHeal: true } };
const hiding = { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] };

describe('a field that Argo CD applies', () => {
  it('is undone within seconds where it heals itself, and then a commit is the way', async () => {
    const { blocker, warning, wayOut } = await said(byArgo, argo({ syncPolicy: healing }));
    expect(blocker).toMatch(/^Argo CD maple: spec.replicas of .* would be undone within seconds/u);
    expect(warning).toBeNull();
    expect(wayOut).toContain('commit spec.replicas = 4');
  });

  it.each([
    ['it syncs by itself without healing', { syncPolicy: { automated: {} } }, 'with the next sync: it syncs by itself'],
    ['selfHeal is false', { syncPolicy: { automated: { selfHeal: false, prune: true } } }, 'with the next sync'],
    ['nothing syncs it', {}, 'when somebody syncs it'],
    [
      'automated syncs are off',
      { syncPolicy: { automated: { enabled: false, selfHeal: true } } },
      'when somebody syncs',
    ],
    [
      'the difference is hidden and not respected',
      { syncPolicy: healing, ignoreDifferences: [hiding] },
      'hidden, not kept',
    ],
  ])('is set again later where %s, which is a warning', async (_how, spec, words) => {
    const { blocker, warning } = await said(byArgo, argo(spec));
    expect(blocker).toBeNull();
    expect(warning).toContain(words);
  });

  it('stays while the Application is skipped', async () => {
    const metadata = { annotations: { 'argocd.argoproj.io/skip-reconcile': 'true' } };
    const { blocker, warning } = await said(byArgo, argo({ syncPolicy: healing }, metadata));
    expect([blocker, warning]).toEqual([null, expect.stringContaining('once it is no longer skipped')]);
  });

  const respected = { ...healing, syncOptions: ['RespectIgnoreDifferences=true'] };
  it.each([
    ['a pointer', 'spec.replicas', hiding],
    ['a jq path', 'spec.replicas', { ...hiding, jsonPointers: [], jqPathExpressions: ['.spec.replicas'] }],
    ['the place of the container', image, { ...hiding, jsonPointers: ['/spec/template/spec/containers/1/image'] }],
    ['any container', image, { ...hiding, jqPathExpressions: ['.spec.template.spec.containers[].image'] }],
  ])('is left alone where ignoreDifferences names it by %s and is respected', async (_how, field, ignored) => {
    const { blocker, warning } = await said(
      byArgo,
      argo({ syncPolicy: respected, ignoreDifferences: [ignored] }),
      field,
    );
    expect([blocker, warning]).toEqual([null, expect.stringContaining('ignoreDifferences leave this field alone')]);
  });

  it.each([
    ['no group', { kind: 'Deployment', jsonPointers: ['/spec/replicas'] }],
    ['another workload', { ...hiding, name: 'odoo-cron' }],
    ['another field', { ...hiding, jsonPointers: ['/spec/replicasMax'] }],
    ['another container', { ...hiding, jsonPointers: ['/spec/template/spec/containers/0/image'] }],
  ])('is undone all the same where ignoreDifferences names %s', async (_what, ignored) => {
    const spec = { syncPolicy: respected, ignoreDifferences: [ignored] };
    expect((await said(byArgo, argo(spec))).blocker).toContain('within seconds');
  });

  it('is blocked, with why nobody can tell, where its Application cannot be read', async () => {
    expect((await said(byArgo, {})).blocker).toContain('it is not in cluster eu-prod');
    const forbidden = {
      '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/maple': new ReadFailure('forbidden', 'no', '403'),
    };
    expect((await said(byArgo, forbidden)).blocker).toContain('nobody can tell');
  });

  it('is looked up in the namespace that its mark names', async () => {
    const held = deployment({ annotations: { 'argocd.argoproj.io/tracking-id': 'team-a_maple:apps/Deployment:x/y' } });
    const answers = { '/apis/argoproj.io/v1alpha1/namespaces/team-a/applications/maple': { spec: {} } };
    expect((await said(held, answers)).warning).toContain('Argo CD team-a/maple sets');
  });
});

describe('a field that a Kustomization applies', () => {
  it('is undone within its interval', async () => {
    const { blocker } = await said(byKustomize(), { [kustomizations]: { spec: { interval: '10m' } } });
    expect(blocker).toMatch(/^Flux flux\/apps: .* would be undone within 10m/u);
  });

  it('is set again when it is resumed, while it is suspended', async () => {
    const { blocker, warning } = await said(byKustomize(), { [kustomizations]: { spec: { suspend: true } } });
    expect([blocker, warning]).toEqual([null, expect.stringContaining('it is suspended')]);
  });

  it('stays where spec.ignore names it', async () => {
    const spec = { ignore: [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }] };
    expect((await said(byKustomize(), { [kustomizations]: { spec } })).warning).toContain('spec.ignore');
    expect((await said(byKustomize(), { [kustomizations]: { spec } }, image)).blocker).toContain('would be undone');
  });

  it.each([
    ['reconcile', 'disabled', 'annotations', 'once its mark'],
    ['reconcile', 'disabled', 'labels', 'once its mark'],
    ['ssa', 'IfNotPresent', 'annotations', 'leaves what is there'],
    ['ssa', 'Ignore', 'annotations', 'leaves what is there'],
  ])('stays where the object is marked %s: %s in its %s', async (mark, value, where, words) => {
    const key = `kustomize.toolkit.fluxcd.io/${mark}`;
    const labels = { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux' };
    const held = byKustomize(
      where === 'labels' ? { labels: { ...labels, [key]: value } } : { annotations: { [key]: value } },
    );
    const { blocker, warning } = await said(held, { [kustomizations]: { spec: {} } });
    expect([blocker, warning]).toEqual([null, expect.stringContaining(words)]);
  });

  it('is undone where the object is marked to be merged: what Git names is set again', async () => {
    const held = byKustomize({ annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'Merge' } });
    expect((await said(held, { [kustomizations]: { spec: {} } })).blocker).toContain('within its interval');
  });
});

describe('a field that a HelmRelease applies', () => {
  const correcting = { interval: '5m', driftDetection: { mode: 'enabled' } };

  it('is undone where it corrects drift', async () => {
    expect((await said(byHelm(), { [releases]: { spec: correcting } })).blocker).toContain(
      'within 5m: it corrects drift',
    );
  });

  it.each([
    ['it only warns of drift', {}, { driftDetection: { mode: 'warn' } }, 'with its next upgrade'],
    ['it does not look for drift', {}, {}, 'with its next upgrade'],
    ['it is suspended', {}, { ...correcting, suspend: true }, 'when it is resumed'],
    [
      'the object is marked',
      { annotations: { 'helm.toolkit.fluxcd.io/driftDetection': 'disabled' } },
      correcting,
      'next upgrade',
    ],
    [
      'its ignore names the field',
      {},
      { driftDetection: { mode: 'enabled', ignore: [{ paths: ['/spec/replicas'] }] } },
      'next upgrade',
    ],
  ])('is set again later where %s', async (_how, more, spec, words) => {
    const { blocker, warning } = await said(byHelm(more), { [releases]: { spec } });
    expect([blocker, warning]).toEqual([null, expect.stringContaining(words)]);
  });
});

it('asks nothing of a cluster where nobody tracks the objects', async () => {
  const git = await gitSourcesOf([deployment({})], { get: () => Promise.reject(new Error('asked')) } as never);
  expect(ownershipOf(deployment({}), 'it', 'spec.replicas', '4', git)).toEqual({
    owner: null,
    blockers: [],
    warnings: [],
  });
});
