import { beforeAll, expect, it, vi } from 'vitest';
import type { Json } from './client.ts';
import { configMap, configMaps, type Server } from './objects.ts';

const roles = '/apis/rbac.authorization.k8s.io/v1';
const reviews = '/apis/authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = 'rbac.authorization.k8s.io/v1';

export function accessContract(server: Server): void {
  beforeAll(async () => {
    const { admin } = server();
    await admin.post(configMaps, configMap('named'));
    await admin.post(`${roles}/namespaces/contract/roles`, {
      apiVersion,
      kind: 'Role',
      metadata: { name: 'viewer', namespace: 'contract' },
      rules: [
        { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: [''], resources: ['configmaps'], resourceNames: ['named'], verbs: ['get'] },
      ],
    });
    await admin.post(`${roles}/namespaces/contract/rolebindings`, {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name: 'viewer', namespace: 'contract' },
      roleRef: { apiGroup, kind: 'Role', name: 'viewer' },
      subjects: [{ apiGroup, kind: 'User', name: 'viewer' }],
    });
    // A real server's authorizer learns of the objects a moment later.
    await vi.waitFor(async () =>
      expect((await server().viewer.ask('/api/v1/namespaces/contract/pods')).code).toBe(200),
    );
  });

  const mayI = async (resourceAttributes: Record<string, string>): Promise<Json | undefined> => {
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    };
    const answer = await server().viewer.post(`${reviews}/selfsubjectaccessreviews`, body);
    expect(answer.code).toBe(201);
    return answer.body['status'];
  };

  it('is what bindings give, in their namespace and nowhere else', async () => {
    const { viewer } = server();
    expect((await viewer.ask('/api/v1/namespaces/default/pods')).code).toBe(403);
    expect((await viewer.ask('/api/v1/pods')).code).toBe(403);
    expect((await viewer.ask('/api/v1/namespaces/contract/pods', { method: 'DELETE' })).code).toBe(403);
  });

  it('can be narrowed to names', async () => {
    expect((await server().viewer.ask(`${configMaps}/named`)).code).toBe(200);
    expect((await server().viewer.ask(`${configMaps}/other`)).code).toBe(403);
    expect((await server().viewer.ask(configMaps)).code).toBe(403);
  });

  it('"may I?" names the binding and the role that allow', async () => {
    expect(await mayI({ namespace: 'contract', verb: 'list', resource: 'pods' })).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "viewer/contract" of Role "viewer" to User "viewer"',
    });
    expect(await mayI({ namespace: 'contract', verb: 'get', resource: 'pods', subresource: 'log' })).toMatchObject({
      allowed: true,
    });
    expect(await mayI({ namespace: 'contract', verb: 'delete', resource: 'pods' })).toEqual({ allowed: false });
    expect(await mayI({ verb: 'list', resource: 'pods' })).toEqual({ allowed: false });
    expect(await mayI({ namespace: 'contract', verb: 'get', resource: 'configmaps' })).toEqual({ allowed: false });
    expect(await mayI({ namespace: 'contract', verb: 'get', resource: 'configmaps', name: 'named' })).toMatchObject({
      allowed: true,
    });
  });

  it('"what may I?" lists the rules of a namespace, and needs one', async () => {
    const ask = (spec: object) =>
      server().viewer.post(`${reviews}/selfsubjectrulesreviews`, {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectRulesReview',
        spec,
      });
    const { code, body } = await ask({ namespace: 'contract' });
    expect(code).toBe(201);
    expect(body['status']?.['incomplete']).toBe(false);
    expect(body['status']?.['resourceRules']).toEqual(
      expect.arrayContaining([
        { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods', 'pods/log'] },
        { verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['named'] },
      ]),
    );
    const refused = await ask({});
    expect([refused.code, refused.body['message']]).toEqual([400, 'no namespace on request']);
  });

  it('"who am I?" tells name and groups, and by which certificate', async () => {
    const ask = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    expect((await server().viewer.post(path, ask)).body['status']?.['userInfo']).toMatchObject({
      username: 'viewer',
      groups: ['system:authenticated'],
    });
    expect((await server().admin.post(path, ask)).body['status']?.['userInfo']).toMatchObject({
      username: 'admin',
      groups: ['system:masters', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
    });
  });

  it('ends when the binding goes', async () => {
    await server().admin.ask(`${roles}/namespaces/contract/rolebindings/viewer`, { method: 'DELETE' });
    await vi.waitFor(async () =>
      expect((await server().viewer.ask('/api/v1/namespaces/contract/pods')).code).toBe(403),
    );
  });
}
