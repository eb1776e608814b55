import { expect, it } from 'vitest';
import type { Answer, Json } from './client.ts';
import { fresh, type Server } from './objects.ts';
import { clusterBinding, clusterRole, eventually, type Rule, rbac, text, told, user, whoAmI } from './people.ts';

/** Being somebody else for one request: `kubectl --as`. */
export function impersonationContract(server: Server): void {
  const userOf = ({ body }: Answer): Json | undefined => body['status']?.['userInfo'];

  it('an administrator may be anybody, with groups, a uid and more', async () => {
    const answer = await whoAmI(server().admin, {
      'impersonate-user': 'alice',
      'impersonate-group': 'oncall',
      'impersonate-uid': 'u-1',
      'impersonate-extra-till.dev%2fscopes': 'scale',
    });
    expect(userOf(answer)).toEqual({
      username: 'alice',
      uid: 'u-1',
      groups: ['oncall', 'system:authenticated'],
      extra: { 'till.dev/scopes': ['scale'] },
    });
  });

  it('a ServiceAccount brings its groups along', async () => {
    const answer = await whoAmI(server().admin, { 'impersonate-user': 'system:serviceaccount:contract:op' });
    expect(userOf(answer)).toEqual({
      username: 'system:serviceaccount:contract:op',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:contract', 'system:authenticated'],
    });
  });

  it('then has the rights of that somebody, and no other', async () => {
    const answer = await server().admin.ask('/api/v1/namespaces/contract/secrets', {
      headers: { 'impersonate-user': 'alice' },
    });
    expect(told(answer)).toEqual([
      403,
      'Forbidden',
      'secrets is forbidden: User "alice" cannot list resource "secrets" in API group "" in the namespace "contract"',
    ]);
  });

  it('groups and a uid without a name are refused', async () => {
    const answer = await server().admin.ask('/api/v1/pods', { headers: { 'impersonate-group': 'g' } });
    expect(told(answer)).toEqual([
      400,
      'BadRequest',
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"g"}, Extra:map[string][]string(nil)} without impersonating a user name',
    ]);
  });

  const allowed = async (name: string, rules: readonly Rule[], ready: () => Promise<Answer>): Promise<void> => {
    const { admin } = server();
    expect((await admin.post(`${rbac}/clusterroles`, clusterRole(name, rules))).code).toBe(201);
    expect((await admin.post(`${rbac}/clusterrolebindings`, clusterBinding(name, name, user('nobody')))).code).toBe(
      201,
    );
    await eventually(async () => expect((await ready()).code).toBe(201));
  };
  const withdraw = (name: string): Promise<unknown> =>
    server().admin.ask(`${rbac}/clusterrolebindings/${name}`, { method: 'DELETE' });

  it('anybody else needs the right, for the person and for each group', async () => {
    const { nobody } = server();
    const [name, alice] = [fresh('impersonate'), fresh('alice')];
    const as = (headers: Record<string, string> = {}) => whoAmI(nobody, { 'impersonate-user': alice, ...headers });
    const refused = await as();
    expect([refused.code, refused.body['reason']]).toEqual([403, 'Forbidden']);
    expect(text(refused.body['message'])).toMatch(/User "nobody" cannot impersonate/);

    await allowed(
      name,
      [{ apiGroups: [''], resources: ['users'], resourceNames: [alice], verbs: ['impersonate'] }],
      as,
    );
    expect(userOf(await as())?.['username']).toBe(alice);
    expect(told(await as({ 'impersonate-group': 'oncall' }))).toEqual([
      403,
      'Forbidden',
      'groups "oncall" is forbidden: User "nobody" cannot impersonate resource "groups" in API group "" at the cluster scope',
    ]);
    expect(told(await as({ 'impersonate-uid': 'u' }))[2]).toBe(
      'uids.authentication.k8s.io "u" is forbidden: User "nobody" cannot impersonate resource "uids" in API group "authentication.k8s.io" at the cluster scope',
    );
    expect(told(await as({ 'impersonate-extra-scopes': 'all' }))[2]).toBe(
      'userextras.authentication.k8s.io "all" is forbidden: User "nobody" cannot impersonate resource "userextras/scopes" in API group "authentication.k8s.io" at the cluster scope',
    );
    expect((await whoAmI(nobody, { 'impersonate-user': 'somebody-else' })).code).toBe(403);
    await withdraw(name);
  });

  it('the narrow right counts only together with the right to do just that as somebody else', async () => {
    const { nobody } = server();
    const [name, on, bob] = [fresh('impersonate'), fresh('impersonate'), fresh('bob')];
    const as = (path: string) => nobody.ask(path, { headers: { 'impersonate-user': bob } });
    const { admin } = server();
    const group = 'authentication.k8s.io';
    await admin.post(
      `${rbac}/clusterroles`,
      clusterRole(on, [
        { apiGroups: [group], resources: ['selfsubjectreviews'], verbs: ['impersonate-on:user-info:create'] },
      ]),
    );
    await admin.post(`${rbac}/clusterrolebindings`, clusterBinding(on, on, user('nobody')));
    const rule = { apiGroups: [group], resources: ['users'], resourceNames: [bob], verbs: ['impersonate:user-info'] };
    await allowed(name, [rule], () => whoAmI(nobody, { 'impersonate-user': bob }));
    expect((await as('/api/v1/pods')).body['message']).toMatch(/User "nobody" cannot impersonate/);
    await withdraw(on);
    await withdraw(name);
  });
}
