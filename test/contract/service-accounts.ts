import { expect, it } from 'vitest';
import { type Json, mergePatch } from './client.ts';
import { configMap, configMaps, fresh, type Server } from './objects.ts';
import {
  accounts,
  eventually,
  grant,
  makeAccount,
  makeGrant,
  rbac,
  requestToken,
  secrets,
  text,
  told,
  whoAmI,
  withToken,
} from './people.ts';

/** Tokens for ServiceAccounts (facts: kubernetes-verified.md §1). */
export function serviceAccountContract(server: Server): void {
  const bound = (name: string, uid?: string): object => ({
    boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name, ...(uid === undefined ? {} : { uid }) },
  });
  const tokenOf = (body: Json): string => text(body['status']?.['token']);
  const payload = (token: string): Json =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Json;

  it('a token request is answered with a token, when it ends, and whose it is', async () => {
    const account = await makeAccount(server());
    const uid = (await server().admin.get(`${accounts}/${account}`))['metadata']?.['uid'];
    const secret = await makeGrant(server());
    const { code, body } = await requestToken(server(), account, { expirationSeconds: 1200, ...bound(secret.name) });
    expect(code).toBe(201);
    expect(body).toMatchObject({
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: account, namespace: 'contract', uid },
      spec: { audiences: ['https://kubernetes.default.svc'], expirationSeconds: 1200, ...bound(secret.name) },
    });
    const claims = payload(tokenOf(body));
    expect(claims).toMatchObject({
      aud: ['https://kubernetes.default.svc'],
      iss: 'https://kubernetes.default.svc',
      sub: `system:serviceaccount:contract:${account}`,
      'kubernetes.io': { namespace: 'contract', secret, serviceaccount: { name: account, uid } },
    });
    const [issued, ends] = [Number(claims['iat']), Number(claims['exp'])];
    expect([ends - issued, Number(claims['nbf'])]).toEqual([1200, issued]);
    expect(Date.parse(text(body['status']?.['expirationTimestamp']))).toBe(ends * 1000);
  });

  it('asked for nothing, it lasts an hour and is bound to nothing', async () => {
    const { body } = await requestToken(server(), await makeAccount(server()));
    expect(body['spec']).toMatchObject({ expirationSeconds: 3600, boundObjectRef: null });
    expect(Object.keys(payload(tokenOf(body))['kubernetes.io'] ?? {}).sort()).toEqual(['namespace', 'serviceaccount']);
  });

  it('it lasts ten minutes at least and 2^32 seconds at most', async () => {
    const account = await makeAccount(server());
    const asked = async (expirationSeconds: number): Promise<readonly unknown[]> =>
      told(await requestToken(server(), account, { expirationSeconds }));
    for (const tooShort of [-1, 0, 599]) {
      expect(await asked(tooShort)).toEqual([
        422,
        'Invalid',
        `TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: ${tooShort}: may not specify a duration less than 10 minutes`,
      ]);
    }
    expect(await asked(2 ** 32 + 1)).toEqual([
      422,
      'Invalid',
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
    ]);
    for (const fine of [600, 86_400, 2 ** 32]) {
      const { code, body } = await requestToken(server(), account, { expirationSeconds: fine });
      expect([code, body['spec']?.['expirationSeconds']]).toEqual([201, fine]);
    }
  });

  it('what it is bound to must be there, be the one meant, and be of a kind that can be', async () => {
    const account = await makeAccount(server());
    const { name, uid } = await makeGrant(server());
    const asked = async (spec: object): Promise<readonly unknown[]> =>
      told(await requestToken(server(), account, spec));
    const kind = (apiVersion: string, kindName: string, named = 'nope'): object => ({
      boundObjectRef: { apiVersion, kind: kindName, name: named },
    });
    expect((await requestToken(server(), account, bound(name, uid))).code).toBe(201);
    expect(await asked(bound(name, 'another'))).toEqual([
      409,
      'Conflict',
      `Operation cannot be fulfilled on Secret "${name}": the UID in the bound object reference (another) does not match the UID in record. The object might have been deleted and then recreated`,
    ]);
    expect(await asked(bound('nope'))).toEqual([404, 'NotFound', 'secrets "nope" not found']);
    expect(await asked(kind('v1', 'Pod'))).toEqual([404, 'NotFound', 'pods "nope" not found']);
    expect(await asked(kind('v1', 'Node'))).toEqual([404, 'NotFound', 'nodes "nope" not found']);
    expect(await asked(kind('v1', 'ServiceAccount'))).toEqual([
      400,
      'BadRequest',
      'cannot bind token to object of type /v1, Kind=ServiceAccount',
    ]);
    expect(await asked(kind('apps/v1', 'Deployment'))).toEqual([
      400,
      'BadRequest',
      'cannot bind token to object of type apps/v1, Kind=Deployment',
    ]);
    expect(await asked(kind('v1', 'Secret', ''))).toEqual([400, 'BadRequest', 'Name parameter required.']);
  });

  it('a ServiceAccount must be there, and the request must not name another', async () => {
    expect(told(await requestToken(server(), 'nope'))).toEqual([404, 'NotFound', 'serviceaccounts "nope" not found']);
    const account = await makeAccount(server());
    expect(told(await requestToken(server(), account, {}, { metadata: { name: 'other' } }))).toEqual([
      422,
      'Invalid',
      `TokenRequest.authentication.k8s.io "${account}" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified`,
    ]);
    expect((await server().admin.ask(`${accounts}/${account}/token`)).code).toBe(405);
  });

  it('annotations of the request come back and are stored nowhere', async () => {
    const account = await makeAccount(server());
    const metadata = { annotations: { 'till.dev/requester': 'alice' } };
    const { body } = await requestToken(server(), account, {}, { metadata });
    expect(body['metadata']?.['annotations']).toEqual(metadata.annotations);
    expect((await server().admin.get(`${accounts}/${account}`))['metadata']?.['annotations']).toBeUndefined();
  });

  it('a dry run gives out a token that works', async () => {
    const account = await makeAccount(server());
    const { code, body } = await requestToken(server(), account, {}, { query: '?dryRun=All' });
    expect(code).toBe(201);
    expect(await withToken(server(), tokenOf(body), async (client) => (await whoAmI(client)).code)).toBe(201);
    expect((await requestToken(server(), account, {}, { query: '?dryRun=all' })).code).toBe(422);
  });

  it('whoever brings it is the ServiceAccount, by that credential', async () => {
    const account = await makeAccount(server());
    const token = tokenOf((await requestToken(server(), account)).body);
    const { body } = await withToken(server(), token, (client) => whoAmI(client));
    expect(body['status']?.['userInfo']).toEqual({
      username: `system:serviceaccount:contract:${account}`,
      uid: (await server().admin.get(`${accounts}/${account}`))['metadata']?.['uid'],
      groups: ['system:serviceaccounts', 'system:serviceaccounts:contract', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${text(payload(token)['jti'])}`] },
    });
  });

  it('for another audience, forged or changed it is refused like any other stranger', async () => {
    const account = await makeAccount(server());
    const token = tokenOf((await requestToken(server(), account)).body);
    const foreign = tokenOf((await requestToken(server(), account, { audiences: ['till'] })).body);
    const [head, body, signature] = token.split('.');
    const claims = { ...payload(token), sub: 'system:serviceaccount:kube-system:default' };
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const bad of [foreign, `${head}.${changed}.${signature}`, `${unsigned}.${body}.`, `${token}x`, 'a.b.c']) {
      const answer = await withToken(server(), bad, (client) => whoAmI(client));
      expect(told(answer)).toEqual([401, 'Unauthorized', 'Unauthorized']);
    }
  });

  it('never used, it is refused at once when its Secret or its ServiceAccount goes, and not revived by another', async () => {
    const account = await makeAccount(server());
    const { name } = await makeGrant(server());
    const ofSecret = tokenOf((await requestToken(server(), account, bound(name))).body);
    const ofAccount = tokenOf((await requestToken(server(), account)).body);
    const asked = (token: string): Promise<number> =>
      withToken(server(), token, async (client) => (await whoAmI(client)).code);
    await server().admin.ask(`${secrets}/${name}`, { method: 'DELETE' });
    await eventually(async () => expect(await asked(ofSecret)).toBe(401));
    await server().admin.post(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name } });
    expect(await asked(ofSecret)).toBe(401);
    await server().admin.ask(`${accounts}/${account}`, { method: 'DELETE' });
    await server().admin.post(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account } });
    expect(await asked(ofAccount)).toBe(401);
  });

  it('a review tells whose it is, for which of the audiences, and why it is nobody’s', async () => {
    const account = await makeAccount(server());
    const own = 'https://kubernetes.default.svc';
    const review = async (token: string, audiences: readonly string[] = []): Promise<Json | undefined> => {
      const { body } = await server().admin.post('/apis/authentication.k8s.io/v1/tokenreviews', {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, audiences },
      });
      return body['status'];
    };
    const { name } = await makeGrant(server());
    const token = tokenOf((await requestToken(server(), account, bound(name))).body);
    expect(await review(token)).toMatchObject({
      authenticated: true,
      user: { username: `system:serviceaccount:contract:${account}` },
      audiences: [own],
    });
    await server().admin.ask(`${secrets}/${name}`, { method: 'DELETE' });
    expect(await review(token)).toMatchObject({ authenticated: true });
    await eventually(async () =>
      expect(await review(token, [own, 'till'])).toEqual({
        user: {},
        error: '[invalid bearer token, service account token has been invalidated]',
      }),
    );
    const foreign = tokenOf((await requestToken(server(), account, { audiences: ['till', 'other'] })).body);
    expect((await review(foreign, ['nobody', 'till']))?.['audiences']).toEqual(['till']);
    expect(await review(foreign)).toEqual({
      user: {},
      error: `[invalid bearer token, token audiences ["till" "other"] is invalid for the target audiences ["${own}"]]`,
    });
    expect(await review('nonsense')).toEqual({ user: {}, error: 'invalid bearer token' });
  });

  it('used, it is believed for ten seconds more', { timeout: 30_000 }, async () => {
    const account = await makeAccount(server());
    const { name } = await makeGrant(server());
    const token = tokenOf((await requestToken(server(), account, bound(name))).body);
    await withToken(server(), token, async (client) => {
      const began = Date.now();
      expect((await whoAmI(client)).code).toBe(201);
      await server().admin.ask(`${secrets}/${name}`, { method: 'DELETE' });
      expect((await whoAmI(client)).code).toBe(201);
      await eventually(async () => expect((await whoAmI(client)).code).toBe(401), 20_000);
      expect(Date.now() - began).toBeGreaterThan(9_500);
    });
  });

  it('loses its rights with the binding, and with it alone', async () => {
    const account = await makeAccount(server());
    const subject = { kind: 'ServiceAccount', name: account, namespace: 'contract' };
    const name = await grant(server(), subject, [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }]);
    const token = tokenOf((await requestToken(server(), account)).body);
    await withToken(server(), token, async (client) => {
      const list = async (): Promise<number> => (await client.ask('/api/v1/namespaces/contract/configmaps')).code;
      await eventually(async () => expect(await list()).toBe(200));
      await server().admin.ask(`${rbac}/namespaces/contract/rolebindings/${name}`, { method: 'DELETE' });
      await eventually(async () => expect(await list()).toBe(403));
      expect((await whoAmI(client)).code).toBe(201);
    });
  });

  it('a watch that is open outlives binding, ServiceAccount and token: who holds it must close it', async () => {
    const { admin } = server();
    const account = await makeAccount(server());
    const subject = { kind: 'ServiceAccount', name: account, namespace: 'contract' };
    const name = await grant(server(), subject, [{ apiGroups: [''], resources: ['configmaps'], verbs: ['watch'] }]);
    const token = tokenOf((await requestToken(server(), account)).body);
    const late = fresh('late');
    await withToken(server(), token, async (client) => {
      const path = `${configMaps}?watch=1&fieldSelector=metadata.name%3D${late}`;
      await eventually(async () => expect((await client.ask(`${path}&timeoutSeconds=1`)).code).toBe(200));
      const watch = await client.watch(path);
      await admin.ask(`${rbac}/namespaces/contract/rolebindings/${name}`, { method: 'DELETE' });
      await admin.ask(`${accounts}/${account}`, { method: 'DELETE' });
      await eventually(async () => expect((await client.ask(path)).code).toBe(403));
      await admin.post(configMaps, configMap(late));
      expect((await watch.next())?.['type']).toBe('ADDED');
      watch.stop();
    });
  });

  it('the right to mint can be narrowed to one ServiceAccount, and is not among what a token has', async () => {
    const [mine, other] = [await makeAccount(server()), await makeAccount(server())];
    const subject = { kind: 'ServiceAccount', name: mine, namespace: 'contract' };
    await grant(server(), subject, [
      { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: [mine], verbs: ['create'] },
    ]);
    const token = tokenOf((await requestToken(server(), mine)).body);
    await withToken(server(), token, async (client) => {
      const mint = (account: string) =>
        client.post(`${accounts}/${account}/token`, {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: {},
        });
      await eventually(async () => expect((await mint(mine)).code).toBe(201));
      expect(told(await mint(other))).toEqual([
        403,
        'Forbidden',
        `serviceaccounts "${other}" is forbidden: User "system:serviceaccount:contract:${mine}" cannot create resource "serviceaccounts/token" in API group "" in the namespace "contract"`,
      ]);
      const patch = await client.ask('/apis/apps/v1/namespaces/contract/deployments/web', {
        method: 'PATCH',
        headers: mergePatch,
        body: {},
      });
      expect(told(patch)[2]).toBe(
        `deployments.apps "web" is forbidden: User "system:serviceaccount:contract:${mine}" cannot patch resource "deployments" in API group "apps" in the namespace "contract"`,
      );
    });
  });
}
