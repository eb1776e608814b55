import { afterAll, beforeAll, describe } from 'vitest';
import { accessContract } from './access.ts';
import { accountSecretContract } from './account-secrets.ts';
import type { ApiServer } from './api-server.ts';
import { applyContract } from './applying.ts';
import { auditContract } from './audit.ts';
import { customKindContract } from './custom-kinds.ts';
import { discoveryContract } from './discovery.ts';
import { evictionContract } from './evictions.ts';
import { impersonationContract } from './impersonation.ts';
import { leaseContract } from './leases.ts';
import { listContract } from './lists.ts';
import { patchContract } from './patches.ts';
import { policyContract } from './policies.ts';
import { quotaContract } from './quotas.ts';
import { hasRealControlPlane, startRealControlPlane } from './real-control-plane.ts';
import { refusalContract } from './refusals.ts';
import { roleContract } from './roles.ts';
import { startSandboxServer } from './sandbox-server.ts';
import { serviceAccountContract } from './service-accounts.ts';
import { tableContract } from './tables.ts';
import { watchContract } from './watches.ts';
import { workloadWriteContract } from './workload-writes.ts';
import { writeContract } from './writes.ts';

/**
 * What till and kubectl rely on, true of the sandbox's API and of a real one (facts: kubernetes-verified.md). The real one takes part
 * when KUBEBUILDER_ASSETS names a folder with etcd and kube-apiserver.
 */
const servers = [
  { name: "the sandbox's API", start: startSandboxServer, isThere: true },
  { name: 'a real kube-apiserver', start: startRealControlPlane, isThere: hasRealControlPlane },
];

for (const { name, start } of servers.filter(({ isThere }) => isThere)) {
  describe(name, () => {
    let server: ApiServer | undefined;
    const get = (): ApiServer => {
      if (server === undefined) {
        throw new Error('the server has not started');
      }
      return server;
    };
    beforeAll(async () => {
      server = await start();
      await server.admin.post('/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'contract' },
      });
    });
    afterAll(() => server?.stop());

    describe('discovery', () => discoveryContract(get));
    describe('tables', () => tableContract(get));
    describe('lists', () => listContract(get));
    describe('watches', () => watchContract(get));
    describe('refusals', () => refusalContract(get));
    describe('access', () => accessContract(get));
    describe('the audit log', () => auditContract(get));
    describe('roles and bindings', () => roleContract(get));
    describe('impersonation', () => impersonationContract(get));
    describe('leases', () => leaseContract(get));
    describe('service accounts', () => serviceAccountContract(get));
    describe('secrets of grants', () => accountSecretContract(get));
    describe('custom kinds', () => customKindContract(get));
    describe('writes', () => writeContract(get));
    describe('patches', () => patchContract(get));
    describe('quotas', () => quotaContract(get));
    describe('evictions', () => evictionContract(get));
    describe('policies', () => policyContract(get));
    describe('applying', () => applyContract(get));
    describe('writes to workloads', () => workloadWriteContract(get));
  });
}
