import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { licence } from '#actions/licence.ts';
import { agentManifests } from '#estate/enforcement/agent.ts';
import {
  accountName,
  bindingName,
  estateLabel,
  grantLabel,
  requesterAnnotation,
  roleName,
} from '#estate/enforcement/names.ts';
import { ulidMaker } from '#ledger/ulid.ts';
import type { ClusterMinter, GrantPlace } from '#systems/kubernetes/minter.ts';
import { openClusterMinter } from '#systems/kubernetes/minter-open.ts';
import { openClusterWriter } from '#systems/kubernetes/open-writer.ts';
import { systemClock } from '#text/clock.ts';
import type { ApiServer } from './api-server.ts';
import { ApiClient, type Asking, mergePatch } from './client.ts';
import { accessManifests, applied, enforce, kubeconfigOf, namespaces, options, said } from './enforced.ts';
import { hasRealControlPlane, startRealControlPlane } from './real-control-plane.ts';
import { startSandboxServer } from './sandbox-server.ts';

const [tenant, other] = namespaces;
const accounts = `/api/v1/namespaces/${tenant}/serviceaccounts`;
const bindings = `/apis/rbac.authorization.k8s.io/v1/namespaces/${tenant}/rolebindings`;
const deployment = `/apis/apps/v1/namespaces/${tenant}/deployments/odoo-web`;

const newId = ulidMaker({ clock: systemClock, random: randomBytes });

const servers = [
  { name: "the sandbox's API", start: startSandboxServer, isThere: true },
  { name: 'a real kube-apiserver', start: startRealControlPlane, isThere: hasRealControlPlane },
];

/** Both have an admission chain that evaluates the policies (facts: kubernetes-verified.md §3). */
for (const { name, start } of servers.filter(({ isThere }) => isThere)) {
  describe(`what \`till manifests\` prints, on ${name}`, () => {
    let server: ApiServer;
    let agent: Awaited<ReturnType<typeof kubeconfigOf>>;
    let minter: ClusterMinter;

    beforeAll(async () => {
      server = await start();
      await enforce(server);
      agent = await kubeconfigOf(server, options.namespace, options.agent);
      minter = openClusterMinter({ kubeconfig: agent.path, clock: systemClock });
    });
    afterAll(async () => {
      await minter?.close();
      await agent?.remove();
      await server?.stop();
    });

    const placeOf = (grant: string, namespace: string = tenant): GrantPlace => ({
      namespace,
      account: accountName(grant),
      labels: { [grantLabel]: grant, [estateLabel]: 'estate' },
      annotations: { [requesterAnnotation]: 'alice' },
    });

    const operation = () => licence(newId(), 'grant-mint');

    /** A grant to scale, in full, and its token at work. */
    async function minted(action = 'scale', namespace: string = tenant) {
      const grant = newId();
      const place = placeOf(grant, namespace);
      const act = operation();
      await minter.makeAccount(act, place);
      await minter.bind(act, place, { name: bindingName(grant, action), role: roleName(action) });
      const made = await minter.makeToken(act, place, 600);
      return { grant, place, ...made, client: ApiClient.withToken(server.kubeconfigPath, made.token) };
    }

    it('is applied without a complaint, by server-side apply, twice, and as a dry run before', async () => {
      const all = [...agentManifests(options), ...accessManifests()];
      for (const words of [['--dry-run=server'], [], []]) {
        expect(await applied(server, all, ...words)).not.toMatch(/Warning|error/i);
      }
    });

    it('lets the agent mint for a grant, and the token do what the action needs and no more', async () => {
      const { client, jti, expiresAt, place } = await minted();
      expect(jti).toMatch(/^[0-9a-f-]{36}$/);
      expect(Math.abs(Date.parse(expiresAt) - Date.now() - 600_000)).toBeLessThan(10_000);
      const stamp = `fieldManager=till-${newId()}`;
      const scaled: Asking = { method: 'PATCH', headers: mergePatch, body: { spec: { replicas: 3 } } };
      expect(said(await client.ask(`${deployment}?${stamp}`, scaled))).toBe('200');
      expect(said(await client.ask(`${deployment}/scale?${stamp}`, scaled))).toBe('200');
      expect((await client.ask(`${deployment}?${stamp}`, { method: 'DELETE' })).code).toBe(403);
      for (const path of [
        `/api/v1/namespaces/${tenant}/secrets`,
        `/apis/apps/v1/namespaces/${other}/deployments`,
        '/api/v1/nodes',
      ]) {
        expect((await client.ask(path)).code, path).toBe(403);
      }
      expect((await client.post(`${accounts}/${place.account}/token`, { spec: {} })).code).toBe(403);
      await client.close();
    });

    it('carries the writes of a grant by its token, and refuses what it has no token for before it is sent', async () => {
      const { token, client } = await minted('restart');
      await client.close();
      const tokens = new Map([[tenant as string, token]]);
      const writer = openClusterWriter({ name: 'eu', kubeconfig: server.kubeconfigPath, clock: systemClock, tokens });
      const held = await server.admin.get(deployment);
      const target = {
        path: deployment,
        uid: String(held['metadata']?.['uid']),
        resourceVersion: String(held['metadata']?.['resourceVersion']),
      };
      const act = operation();
      await writer.mergePatch(act, target, { metadata: { annotations: { a: 'b' } } });
      const fields = await server.admin.get(deployment);
      expect(JSON.stringify(fields['metadata']?.['managedFields'])).toContain(`till-${act.id}`);
      const elsewhere = { ...target, path: deployment.replace(tenant, other) };
      await expect(writer.mergePatch(act, elsewhere, {})).rejects.toMatchObject({
        certainty: 'refused',
        code: 'no-credential',
      });
      const scale = writer.mergePatch(act, { ...target, path: `${deployment}/scale` }, { spec: { replicas: 9 } });
      await expect(scale).rejects.toMatchObject({ certainty: 'refused', code: '403' });
    });

    it('lets minting be repeated: the second time makes nothing new, and gives a token that works too', async () => {
      const grant = newId();
      const place = placeOf(grant);
      for (const act of [operation(), operation()]) {
        await minter.makeAccount(act, place);
        await minter.bind(act, place, { name: bindingName(grant, 'scale'), role: roleName('scale') });
        const { token } = await minter.makeToken(act, place, 600);
        const client = ApiClient.withToken(server.kubeconfigPath, token);
        expect((await client.ask(deployment)).code).toBe(200);
        await client.close();
      }
      expect(await minter.found({ [grantLabel]: grant })).toHaveLength(2);
    });

    it('ends a token in use within milliseconds once its binding is gone, and leaves nothing', async () => {
      const { client, grant } = await minted();
      expect((await client.ask(deployment)).code).toBe(200);
      const act = operation();
      const objects = await minter.found({ [grantLabel]: grant });
      expect(objects.map(({ kind }) => kind)).toEqual(['RoleBinding', 'ServiceAccount']);
      const [binding] = objects;
      if (binding !== undefined) {
        expect(await minter.take(act, binding)).toBe(true);
      }
      const since = performance.now();
      let code = 200;
      while (code === 200) {
        code = (await client.ask(deployment)).code;
      }
      expect(code).toBe(403);
      expect(performance.now() - since).toBeLessThan(1_000);
      for (const object of objects) {
        await minter.take(act, object);
        expect(await minter.take(act, object)).toBe(false);
      }
      expect(await minter.found({ [grantLabel]: grant })).toEqual([]);
      await client.close();
    });

    it('keeps Audit-ID: the operation is the id of each request in the audit log', async () => {
      const id = newId();
      const answer = await server.admin.ask(deployment, { headers: { 'audit-id': id } });
      expect(answer.headers['audit-id']).toBe(id);
    });

    describe('refuses the minter itself', () => {
      const account = (metadata: object) => ({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata,
        automountServiceAccountToken: false,
      });
      const good = (grant: string) => {
        const { labels, annotations, account: name } = placeOf(grant);
        return { name, labels, annotations };
      };
      const bound = (grant: string, changes: object = {}) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { ...good(grant), name: bindingName(grant, 'scale') },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'till-act-scale' },
        subjects: [{ kind: 'ServiceAccount', name: accountName(grant), namespace: tenant }],
        ...changes,
      });

      it('another name, a finalizer, no requester, another grant in the label, a mounted token', async () => {
        const grant = newId();
        const base = good(grant);
        const refused: readonly (readonly [string, object])[] = [
          ['till-g-<grant>', account({ ...base, name: 'default-2' })],
          ['no finalizers', account({ ...base, finalizers: ['till.dev/stay'] })],
          ['till.dev/requester', account({ ...base, annotations: {} })],
          ['till.dev/grant must name', account({ ...base, labels: { [grantLabel]: newId() } })],
          ['not mounted', { ...account(base), automountServiceAccountToken: true }],
        ];
        for (const [why, body] of refused) {
          const answer = await agent.client.post(accounts, body);
          expect(said(answer), why).toMatch(/^403/);
          expect(said(answer)).toContain(why);
        }
        expect(said(await agent.client.post(accounts, account(base)))).toBe('201');
      });

      it('a binding to another role, another account, or of another name', async () => {
        const grant = newId();
        const refused: readonly (readonly [string, object])[] = [
          [
            'bound to one action',
            bound(grant, { subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: tenant }] }),
          ],
          [
            'bound to one action',
            bound(grant, { subjects: [{ kind: 'ServiceAccount', name: accountName(grant), namespace: other }] }),
          ],
          ['till-g-<grant>', bound(grant, { metadata: { ...good(grant), name: 'mine' } })],
        ];
        for (const [why, body] of refused) {
          const answer = await agent.client.post(bindings, body);
          expect(said(answer)).toMatch(/^403/);
          expect(said(answer)).toContain(why);
        }
        const admin = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
        expect((await agent.client.post(bindings, bound(grant, { roleRef: admin }))).code).toBe(403);
        // RBAC has no say over the administrator; the policy has.
        const byAdmin = await server.admin.post(bindings, bound(grant, { roleRef: admin }));
        expect(said(byAdmin)).toContain('only the minter of till');
      });

      it('a longer token, a dry run of one, and one for anybody else', async () => {
        const { place, client } = await minted();
        await client.close();
        const ask = (name: string, spec: object, query = '') =>
          agent.client.post(`${accounts}/${name}/token${query}`, {
            apiVersion: 'authentication.k8s.io/v1',
            kind: 'TokenRequest',
            spec,
          });
        expect(said(await ask(place.account, { expirationSeconds: 14_401 }))).toContain('at most 14400 s');
        expect(said(await ask(place.account, {}, '?dryRun=All'))).toContain('a dry run would make a usable token');
        expect(said(await ask(place.account, { audiences: ['vault'] }))).toContain('audience');
        await server.admin.post(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'odoo' } });
        expect(said(await ask('odoo', {}))).toContain('makes tokens of grants and of nobody else');
        expect(said(await ask(place.account, { expirationSeconds: 599 }))).toContain('less than 10 minutes');
      });

      it('anything of a namespace but the label of a freeze', async () => {
        await minter.labelNamespace(operation(), tenant, 'till.dev/frozen', 'black-week');
        const patch = (body: object) =>
          agent.client.ask(`/api/v1/namespaces/${tenant}`, { method: 'PATCH', headers: mergePatch, body });
        expect(said(await patch({ metadata: { labels: { team: 'x' } } }))).toContain('and nothing else');
        expect(said(await patch({ metadata: { annotations: { a: 'b' } } }))).toContain('and nothing else');
        expect(said(await patch({ metadata: { labels: { 'till.dev/frozen': null } } }))).toBe('200');
      });
    });

    describe('refuses everybody else', () => {
      it('to mint: not even an administrator makes a token or an account of a grant, or changes one', async () => {
        const { place, client } = await minted();
        await client.close();
        const path = `${accounts}/${place.account}`;
        const token = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
        expect(said(await server.admin.post(`${path}/token`, token))).toContain('only the minter');
        const finalizer: Asking = {
          method: 'PATCH',
          headers: mergePatch,
          body: { metadata: { finalizers: ['till.dev/stay'] } },
        };
        expect(said(await server.admin.ask(path, finalizer))).toContain('only the minter');
        expect((await server.admin.ask(path, { method: 'DELETE' })).code).toBe(200);
      });

      it('to keep a token of a grant in a Secret, where it would never end', async () => {
        const { place, client } = await minted();
        await client.close();
        const secret = (account: string) => ({
          apiVersion: 'v1',
          kind: 'Secret',
          type: 'kubernetes.io/service-account-token',
          metadata: { name: `kept-${account}`, annotations: { 'kubernetes.io/service-account.name': account } },
        });
        const secrets = `/api/v1/namespaces/${tenant}/secrets`;
        expect(said(await server.admin.post(secrets, secret(place.account)))).toContain('never kept in a Secret');
        expect((await server.admin.post(secrets, secret('default'))).code).toBe(201);
      });
    });

    describe("refuses a grant's token", () => {
      it('a write without its operation', async () => {
        const { client } = await minted();
        const body = { spec: { replicas: 2 } };
        for (const query of ['', '?fieldManager=kubectl', '?fieldManager=till-x']) {
          const answer = await client.ask(`${deployment}${query}`, { method: 'PATCH', headers: mergePatch, body });
          expect(said(answer)).toContain('carries its operation as field manager');
        }
        await client.close();
      });

      it('to give a workload another ServiceAccount, the host, or more privileges', async () => {
        const { client } = await minted('rollback');
        const patch = (spec: object) =>
          client.ask(`${deployment}?fieldManager=till-${newId()}`, {
            method: 'PATCH',
            headers: mergePatch,
            body: { spec: { template: { spec } } },
          });
        const image = 'odoo:17.1';
        for (const spec of [
          { serviceAccountName: 'till-agent' },
          { hostNetwork: true },
          { containers: [{ name: 'odoo', image, securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }] },
          { volumes: [{ name: 'root', hostPath: { path: '/' } }] },
        ]) {
          expect(said(await patch(spec)), JSON.stringify(spec)).toContain('keeps its ServiceAccount');
        }
        expect(said(await patch({ containers: [{ name: 'odoo', image }] }))).toBe('200');
        await client.close();
      });

      it('what an administrator gave it by mistake: a role for everything does not reach Secrets, RBAC or pods', async () => {
        const { client, place } = await minted();
        const everything = {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'by-mistake' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
          subjects: [
            { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `system:serviceaccounts:${tenant}` },
          ],
        };
        const all = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
        expect((await server.admin.post(all, everything)).code).toBe(201);
        const shop = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'shop' } };
        expect((await server.admin.post(accounts, shop)).code).toBe(201);
        const stamp = `?fieldManager=till-${newId()}`;
        for (const [path, body] of [
          [`/api/v1/namespaces/${tenant}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }],
          [accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 's' } }],
          [`${accounts}/shop/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }],
          [all, { ...everything, metadata: { name: 'mine' } }],
        ] as const) {
          await expect
            .poll(async () => said(await client.post(`${path}${stamp}`, body)), { timeout: 5_000 })
            .toContain('are not written under a grant');
        }
        await server.admin.ask(`${all}/by-mistake`, { method: 'DELETE' });
        const direct = {
          ...everything,
          metadata: { name: 'direct' },
          subjects: [{ kind: 'ServiceAccount', name: place.account, namespace: tenant }],
        };
        expect(said(await server.admin.post(all, direct))).toMatch(/^403/);
        await client.close();
      });
    });
  });
}
