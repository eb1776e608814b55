import { describe, expect, it } from 'vitest';
import { fieldKeys } from '#actions/kubernetes/fields.ts';
import { isStamped, ownersOf } from '#actions/kubernetes/owners.ts';

interface Held {
  readonly labels?: object;
  readonly annotations?: object;
  readonly managedFields?: readonly object[];
}
const workload = (metadata: Held) => ({ metadata });
const entry = (manager: string, fieldsV1: object, time = '2026-11-27T12:00:00Z', more: object = {}) => ({
  manager,
  operation: 'Update',
  time,
  fieldsV1,
  ...more,
});
const replicas = { 'f:spec': { 'f:replicas': {} } };
const image = {
  'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"odoo"}': { 'f:image': {} } } } } },
};
const names = (held: Held, field = 'spec.replicas'): readonly string[] =>
  ownersOf(workload(held), field).map(({ name, source }) => (source === null ? name : `${name}, from Git`));

describe('the owner of a field', () => {
  it('is nobody when nobody says so', () => {
    expect(names({})).toEqual([]);
  });

  it('is Argo CD by its tracking annotation or label, when it applies the field', () => {
    const annotations = { 'argocd.argoproj.io/tracking-id': 'maple:apps/Deployment:maple-toys/odoo-web' };
    expect(names({ annotations })).toEqual(['Argo CD maple, from Git']);
    expect(names({ labels: { 'argocd.argoproj.io/instance': 'maple' } })).toEqual(['Argo CD maple, from Git']);
    const managedFields = [entry('argocd-controller', image), entry('kubectl', replicas)];
    expect(names({ annotations, managedFields })).toEqual(['kubectl']);
    expect(names({ annotations, managedFields }, 'spec.template.spec.containers[odoo].image')).toEqual([
      'Argo CD maple, from Git',
      'argocd-controller',
    ]);
  });

  it('is not Argo CD for a field that was left out of what was last applied', () => {
    const annotations = {
      'argocd.argoproj.io/tracking-id': 'maple:apps/Deployment:maple-toys/odoo-web',
      'kubectl.kubernetes.io/last-applied-configuration': '{"spec":{"template":{}}}',
    };
    expect(names({ annotations })).toEqual([]);
  });

  it('is Flux by its labels', () => {
    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'apps',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    };
    expect(names({ labels })).toEqual(['Flux flux-system/apps, from Git']);
    expect(names({ labels: { 'helm.toolkit.fluxcd.io/name': 'odoo' } })).toEqual(['Flux odoo, from Git']);
  });

  it('is Helm only where the release is named, and Helm does not revert', () => {
    const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
    expect(names({ labels })).toEqual([]);
    expect(names({ labels, annotations: { 'meta.helm.sh/release-name': 'maple' } })).toEqual(['Helm maple']);
  });

  it('is else the manager that wrote it last', () => {
    const managedFields = [
      entry('kubectl', replicas, '2026-11-27T11:00:00Z'),
      entry('till-01M8', replicas, '2026-11-27T12:00:00Z', { subresource: 'scale' }),
    ];
    expect(names({ managedFields })).toEqual(['till-01M8']);
  });
});

describe('a stamp', () => {
  it('is a manager that holds the field, and not one that holds another', () => {
    const held = workload({ managedFields: [entry('till-1', replicas), entry('till-2', image)] });
    expect(isStamped(held, 'till-1', 'spec.replicas')).toBe(true);
    expect(isStamped(held, 'till-2', 'spec.replicas')).toBe(false);
  });

  it('is found under annotations by their whole name', () => {
    expect(fieldKeys('spec.template.metadata.annotations[kubectl.kubernetes.io/restartedAt]')).toEqual([
      'f:spec',
      'f:template',
      'f:metadata',
      'f:annotations',
      'f:kubectl.kubernetes.io/restartedAt',
    ]);
  });
});
