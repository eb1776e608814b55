import { describe, expect, it } from 'vitest';
import type { Answer } from './client.ts';
import { fresh, type Server } from './objects.ts';
import {
  accounts,
  binding,
  bindings,
  clusterBinding,
  clusterRole,
  eventually,
  grant,
  makeAccount,
  type Rule,
  rbac,
  requestToken,
  role,
  roles,
  text,
  told,
  user,
  withToken,
} from './people.ts';

const pods: Rule = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] };

/** What the server refuses in roles and bindings, and what it does not let somebody give away. */
export function roleContract(server: Server): void {
  describe('that make no sense', () => {
    it('are refused rule by rule', async () => {
      const rules = [
        { apiGroups: [''], resources: ['pods'], verbs: [] },
        { verbs: ['get'] },
        { nonResourceURLs: ['/x'], verbs: ['get'] },
      ];
      const answer = await server().admin.post(roles, role('nonsense', rules));
      expect(told(answer)).toEqual([
        422,
        'Invalid',
        'Role.rbac.authorization.k8s.io "nonsense" is invalid: [rules[0].verbs: Required value: verbs must contain at least one value, rules[1].apiGroups: Required value: resource rules must supply at least one api group, rules[1].resources: Required value: resource rules must supply at least one resource, rules[2].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs]',
      ]);
    });

    it('name a role of a kind that there is, and subjects likewise', async () => {
      const { admin } = server();
      const wrong = binding('nonsense', { kind: 'Foo', name: '' }, { kind: 'Bar', name: '' });
      expect(told(await admin.post(bindings, wrong))).toEqual([
        422,
        'Invalid',
        'RoleBinding.rbac.authorization.k8s.io "nonsense" is invalid: [roleRef.kind: Unsupported value: "Foo": supported values: "Role", "ClusterRole", roleRef.name: Required value, subjects[0].name: Required value, subjects[0].kind: Unsupported value: "Bar": supported values: "ServiceAccount", "User", "Group"]',
      ]);
      const homeless = clusterBinding('nonsense', 'view', { kind: 'ServiceAccount', name: 'x' });
      expect(told(await admin.post(`${rbac}/clusterrolebindings`, homeless))).toEqual([
        422,
        'Invalid',
        'ClusterRoleBinding.rbac.authorization.k8s.io "nonsense" is invalid: subjects[0].namespace: Required value',
      ]);
    });

    it.each([
      ['..', "may not be '..'"],
      ['a/b', "may not contain '/'"],
      ['a%b', "may not contain '%'"],
    ])('are not named %s', async (name, why) => {
      expect(told(await server().admin.post(roles, role(name, [])))).toEqual([
        422,
        'Invalid',
        `Role.rbac.authorization.k8s.io "${name}" is invalid: metadata.name: Invalid value: "${name}": ${why}`,
      ]);
      const fine = fresh('system:a');
      expect((await server().admin.post(roles, role(fine, []))).code).toBe(201);
    });

    it('are made of other roles by selectors, one at least', async () => {
      const empty = { ...clusterRole('empty', []), aggregationRule: {} };
      expect(told(await server().admin.post(`${rbac}/clusterroles`, empty))[2]).toBe(
        'ClusterRole.rbac.authorization.k8s.io "empty" is invalid: aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
      );
    });

    it('a binding keeps to its role', async () => {
      const { admin } = server();
      const name = fresh('kept');
      expect((await admin.post(bindings, binding(name, { kind: 'Role', name: 'a' }, user('x')))).code).toBe(201);
      const turned = binding(name, { kind: 'Role', name: 'b' }, user('x'));
      expect(told(await admin.ask(`${bindings}/${name}`, { method: 'PUT', body: turned }))).toEqual([
        422,
        'Invalid',
        `RoleBinding.rbac.authorization.k8s.io "${name}" is invalid: roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"b"}: cannot change roleRef`,
      ]);
      const others = binding(name, { kind: 'Role', name: 'a' }, user('y'));
      expect((await admin.ask(`${bindings}/${name}`, { method: 'PUT', body: others })).code).toBe(200);
    });

    it('what is left out of subjects and role is filled in', async () => {
      const name = fresh('short');
      const { body } = await server().admin.post(bindings, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name },
        roleRef: { kind: 'Role', name: 'a' },
        subjects: [
          { kind: 'User', name: 'u' },
          { kind: 'ServiceAccount', name: 's' },
        ],
      });
      expect(body['roleRef']).toEqual({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' });
      expect(body['subjects']).toEqual([
        { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'u' },
        { kind: 'ServiceAccount', name: 's' },
      ]);
    });
  });

  describe('written by somebody with rights of their own', () => {
    /** Somebody who may write roles and bindings and read pods, and these besides. */
    const writing = async (
      more: readonly Rule[],
      run: (post: (path: string, body: object) => Promise<Answer>, who: string) => Promise<void>,
    ) => {
      const account = await makeAccount(server());
      const who = `system:serviceaccount:contract:${account}`;
      const writer: Rule = {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['roles', 'rolebindings'],
        verbs: ['create', 'update', 'patch', 'get'],
      };
      await grant(server(), user(who), [writer, pods, ...more]);
      const token = text((await requestToken(server(), account)).body['status']?.['token']);
      await withToken(server(), token, async (client) => {
        await eventually(async () => expect((await client.ask('/api/v1/namespaces/contract/pods')).code).toBe(200));
        await run((path, body) => client.post(path, body), who);
      });
    };
    const groups = '(groups=["system:serviceaccounts" "system:serviceaccounts:contract" "system:authenticated"])';

    it('give no more than those', () =>
      writing([], async (post, who) => {
        expect((await post(roles, role(fresh('own'), [{ ...pods, verbs: ['get'] }]))).code).toBe(201);
        const name = fresh('more');
        const rules = [
          { apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get', 'delete'] },
          { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['a', 'b'], verbs: ['get'] },
        ];
        const answer = await post(roles, role(name, rules));
        expect(told(answer)).toEqual([
          403,
          'Forbidden',
          [
            `roles.rbac.authorization.k8s.io "${name}" is forbidden: user "${who}" ${groups} is attempting to grant RBAC permissions not currently held:`,
            '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
            '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
            '{APIGroups:["apps"], Resources:["deployments"], ResourceNames:["a"], Verbs:["get"]}',
            '{APIGroups:["apps"], Resources:["deployments"], ResourceNames:["b"], Verbs:["get"]}',
          ].join('\n'),
        ]);
        expect(answer.body['details']).toEqual({ name, group: 'rbac.authorization.k8s.io', kind: 'roles' });
      }));

    it('bind no role that holds more, and none that is not there', () =>
      writing([], async (post, who) => {
        const [mine, more, name] = [fresh('own'), fresh('more'), fresh('bound')];
        await server().admin.post(roles, role(mine, [pods]));
        await server().admin.post(roles, role(more, [{ ...pods, verbs: ['delete'] }]));
        const asked = (roleName: string) => post(bindings, binding(name, { kind: 'Role', name: roleName }, user('x')));
        await eventually(async () =>
          expect(told(await asked(more))).toEqual([
            403,
            'Forbidden',
            `rolebindings.rbac.authorization.k8s.io "${name}" is forbidden: user "${who}" ${groups} is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}`,
          ]),
        );
        expect(told(await asked('nope'))).toEqual([
          404,
          'NotFound',
          'rolebindings.rbac.authorization.k8s.io "nope" not found',
        ]);
        expect((await asked(mine)).code).toBe(201);
      }));

    it('make no role of others, which may become anything', async () => {
      const { admin, nobody } = server();
      const name = fresh('open');
      await admin.post(
        `${rbac}/clusterroles`,
        clusterRole(name, [
          { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['create', 'get'] },
        ]),
      );
      await admin.post(`${rbac}/clusterrolebindings`, clusterBinding(name, name, user('nobody')));
      const open = {
        ...clusterRole(fresh('open'), []),
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
      };
      await eventually(async () => expect((await nobody.ask(`${rbac}/clusterroles/view`)).code).toBe(200));
      expect(told(await nobody.post(`${rbac}/clusterroles`, open))[2]).toMatch(
        /is forbidden: must have cluster-admin privileges to use the aggregationRule$/,
      );
      expect((await admin.post(`${rbac}/clusterroles`, open)).code).toBe(201);
      await admin.ask(`${rbac}/clusterrolebindings/${name}`, { method: 'DELETE' });
    });

    it('escalate and bind where that is a right they have', () => {
      const apiGroups = ['rbac.authorization.k8s.io'];
      const more = [
        { apiGroups, resources: ['roles'], verbs: ['escalate'] },
        { apiGroups, resources: ['clusterroles'], resourceNames: ['cluster-admin'], verbs: ['bind'] },
      ];
      return writing(more, async (post) => {
        expect((await post(roles, role(fresh('any'), [{ ...pods, verbs: ['*'] }]))).code).toBe(201);
        const bound = (name: string) =>
          post(bindings, binding(fresh('bound'), { kind: 'ClusterRole', name }, user('x')));
        expect((await bound('cluster-admin')).code).toBe(201);
        expect((await bound('system:kube-scheduler-or-other')).code).toBe(404);
      });
    });
  });

  describe('rules', () => {
    it('reach by stars, by subresource, by path, by group and by name, and no further', async () => {
      const account = await makeAccount(server());
      const other = await makeAccount(server());
      const name = fresh('wide');
      await server().admin.post(
        `${rbac}/clusterroles`,
        clusterRole(name, [
          { apiGroups: ['apps'], resources: ['*/scale'], verbs: ['get'] },
          { apiGroups: ['batch'], resources: ['*'], verbs: ['list'] },
          { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: [other], verbs: ['get'] },
          { nonResourceURLs: ['/metrics', '/debug/*'], verbs: ['get'] },
        ]),
      );
      const group = 'system:serviceaccounts:contract';
      await server().admin.post(
        `${rbac}/clusterrolebindings`,
        clusterBinding(name, name, { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }),
      );
      const token = text((await requestToken(server(), account)).body['status']?.['token']);
      await withToken(server(), token, async (client) => {
        const code = async (path: string): Promise<number> => (await client.ask(path)).code;
        const apps = '/apis/apps/v1/namespaces/contract';
        await eventually(async () => expect(await code('/apis/batch/v1/jobs')).toBe(200));
        expect(await code(`${apps}/deployments/nope/scale`)).toBe(404);
        expect(await code(`${apps}/statefulsets/nope/scale`)).toBe(404);
        expect(await code(`${apps}/deployments/nope`)).toBe(403);
        expect(await code('/apis/batch/v1/namespaces/contract/jobs/nope')).toBe(403);
        expect(await code(`${accounts}/${other}`)).toBe(200);
        expect(await code(`${accounts}/${account}`)).toBe(403);
        expect(await code('/debug/nope')).toBe(404);
        expect(await code('/logs')).toBe(403);
      });
      await server().admin.ask(`${rbac}/clusterrolebindings/${name}`, { method: 'DELETE' });
    });
  });
}
