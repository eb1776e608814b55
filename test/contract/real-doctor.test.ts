import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { agentManifests } from '#estate/enforcement/agent.ts';
import { examineEnforcement } from '#health/examine/enforcement.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { openLeaseBook } from '#systems/kubernetes/lease-open.ts';
import { openCluster } from '#systems/kubernetes/open.ts';
import { systemClock } from '#text/clock.ts';
import type { ApiServer } from './api-server.ts';
import { mergePatch } from './client.ts';
import { accessManifests, applied, kubeconfigOf, options } from './enforced.ts';
import { hasRealControlPlane, startRealControlPlane } from './real-control-plane.ts';

const estate = { access: {} as never, postgres: {}, redis: {} };
const admission = '/apis/admissionregistration.k8s.io/v1';

for (const name of hasRealControlPlane ? ['a real kube-apiserver'] : []) {
  describe(`what doctor says of the layers that hold grants, on ${name}`, () => {
    let server: ApiServer;
    let everyday: Awaited<ReturnType<typeof kubeconfigOf>>;
    let cluster: ClusterReader;
    const findings = async (reader: ClusterReader = cluster) =>
      Object.fromEntries(
        (await examineEnforcement('eu', reader, estate)).map(({ check, result, message }) => [
          check,
          { result, message },
        ]),
      );

    beforeAll(async () => {
      server = await startRealControlPlane();
      await applied(server, agentManifests(options));
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'everyday' } };
      await server.admin.post(`/api/v1/namespaces/${options.namespace}/serviceaccounts`, account);
      everyday = await kubeconfigOf(server, options.namespace, 'everyday');
      cluster = openCluster({
        ...{ name: 'eu', context: undefined, kubeconfig: everyday.path, namespaces: undefined },
        ...{ knownNamespaces: () => [], clock: systemClock, random: Math.random },
      });
    }, 60_000);
    afterAll(async () => {
      await cluster?.close();
      await everyday?.remove();
      await server?.stop();
    });

    it('cannot say before the everyday identity may look', async () => {
      expect(await findings()).toMatchObject({
        'grant policies': { result: 'weak', message: expect.stringContaining('cannot be looked at') },
        agent: { result: 'weak' },
      });
    });

    it('says what is in force once it was applied, that the everyday identity only reads, and that nobody leads', async () => {
      await applied(server, accessManifests());
      await server.admin.post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'everyday' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'till-read' },
        subjects: [{ kind: 'ServiceAccount', name: 'everyday', namespace: options.namespace }],
      });
      await vi.waitFor(async () =>
        expect(await findings()).toMatchObject({
          'grant policies': { result: 'ok', message: expect.stringContaining('till-grant-tokens') },
          'grant roles': { result: 'ok', message: expect.stringContaining('till-act-scale') },
          'everyday identity': { result: 'ok', message: 'only reads' },
          agent: { result: 'weak', message: expect.stringContaining('none leads') },
        }),
      );
    });

    it('sees an agent that leads by its Lease', async () => {
      const where = {
        kubeconfig: server.kubeconfigPath,
        clock: systemClock,
        namespace: options.namespace,
        name: options.lease,
      };
      const book = openLeaseBook(where);
      const now = new Date().toISOString().replace('Z', '000Z');
      await book.write({ holder: 'pod-1', seconds: 15, renewedAt: now, acquiredAt: now, transitions: 0 }, null);
      await book.close();
      expect((await findings())['agent']).toEqual({ result: 'ok', message: 'pod-1 leads' });
    });

    it('sees a policy that was loosened, and one that is gone', async () => {
      const binding = `${admission}/validatingadmissionpolicybindings/till-grant-writes`;
      const body = { spec: { validationActions: ['Audit'] } };
      expect((await server.admin.ask(binding, { method: 'PATCH', headers: mergePatch, body })).code).toBe(200);
      expect((await findings())['grant policies']).toEqual({
        result: 'weak',
        message: 'not as till prints them: till-grant-writes',
      });
      await server.admin.ask(binding, { method: 'DELETE' });
      expect((await findings())['grant policies']).toEqual({
        result: 'missing',
        message: 'not there: till-grant-writes',
      });
    });

    it('sees an identity that may write without any grant', async () => {
      const admin = openCluster({
        ...{ name: 'eu', context: undefined, kubeconfig: server.kubeconfigPath, namespaces: undefined },
        ...{ knownNamespaces: () => [], clock: systemClock, random: Math.random },
      });
      expect((await findings(admin))['everyday identity']).toMatchObject({ result: 'weak' });
      await admin.close();
    });
  });
}
