import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { each, type Json } from './client.ts';
import { configMap, configMaps, fresh, type Server } from './objects.ts';
import { accounts, makeAccount, requestToken, secrets, text, whoAmI, withToken } from './people.ts';

/** What a request leaves in the API server's own log, which till's ledger is compared with (facts: kubernetes-verified.md §5). */
export function auditContract(server: Server): void {
  const all = (): readonly Json[] =>
    readFileSync(server().auditLogPath, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Json);

  /** The events of one request, once its last stage is there. */
  const eventsOf = async (id: string, last = 'ResponseComplete'): Promise<readonly Json[]> => {
    const events = await vi.waitUntil(
      () => {
        const found = all().filter(({ auditID }) => text(auditID) === id);
        return found.some(({ stage }) => text(stage) === last) ? found : undefined;
      },
      { timeout: 5_000, interval: 50 },
    );
    return events;
  };
  const stages = (events: readonly Json[]): readonly string[] => events.map(({ stage }) => text(stage));
  const withId = (id: string): Record<string, string> => ({ 'audit-id': id });

  it('carries the id that the client chose, and so does the answer', async () => {
    const id = fresh('01JOPERATION');
    const answer = await server().admin.ask(`${configMaps}/nope`, { method: 'DELETE', headers: withId(id) });
    expect(answer.headers['audit-id']).toBe(id);
    const [received, complete] = await eventsOf(id);
    expect(received).toEqual({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: id,
      stage: 'RequestReceived',
      requestURI: `${configMaps}/nope`,
      verb: 'delete',
      user: {
        username: 'admin',
        groups: ['system:masters', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
      },
      sourceIPs: ['127.0.0.1'],
      objectRef: { resource: 'configmaps', namespace: 'contract', name: 'nope', apiVersion: 'v1' },
      requestReceivedTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      stageTimestamp: received?.['requestReceivedTimestamp'],
    });
    const { stageTimestamp: _, ...same } = received ?? {};
    expect(complete).toMatchObject({
      ...same,
      stage: 'ResponseComplete',
      responseStatus: { status: 'Failure', reason: 'NotFound', message: 'configmaps "nope" not found', code: 404 },
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    });
  });

  it('tells an id of its own where the client chose none', async () => {
    const answer = await server().admin.ask(`${configMaps}/nope`);
    const id = text(answer.headers['audit-id'] as unknown as Json);
    expect(stages(await eventsOf(id))).toEqual(['RequestReceived', 'ResponseComplete']);
  });

  it('names what is created only once it has been read, and what was deleted by its uid', async () => {
    const [making, ending, name] = [fresh('01JMAKE'), fresh('01JEND'), fresh('audited')];
    const made = await server().admin.ask(configMaps, {
      method: 'POST',
      body: configMap(name),
      headers: { 'content-type': 'application/json', 'user-agent': 'till/1', ...withId(making) },
    });
    const [received, complete] = await eventsOf(making);
    expect(received?.['objectRef']?.['name']).toBeUndefined();
    expect(complete).toMatchObject({
      verb: 'create',
      userAgent: 'till/1',
      objectRef: { resource: 'configmaps', namespace: 'contract', name, apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 201 },
    });
    await server().admin.ask(`${configMaps}/${name}`, { method: 'DELETE', headers: withId(ending) });
    const uid = made.body['metadata']?.['uid'];
    expect((await eventsOf(ending)).at(-1)?.['responseStatus']).toEqual({
      metadata: {},
      status: 'Success',
      details: { name, kind: 'configmaps', uid },
      code: 200,
    });
  });

  it('says which binding allowed, and that nobody did', async () => {
    const [asking, refused] = [fresh('01JASK'), fresh('01JREFUSED')];
    await whoAmI(server().nobody, withId(asking));
    expect((await eventsOf(asking)).at(-1)?.['annotations']).toEqual({
      'authorization.k8s.io/decision': 'allow',
      'authorization.k8s.io/reason':
        'RBAC: allowed by ClusterRoleBinding "system:basic-user" of ClusterRole "system:basic-user" to Group "system:authenticated"',
    });
    await server().nobody.ask(secrets, { headers: withId(refused) });
    expect((await eventsOf(refused)).at(-1)).toMatchObject({
      responseStatus: { status: 'Failure', reason: 'Forbidden', details: { kind: 'secrets' }, code: 403 },
      annotations: { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': '' },
    });
  });

  it('joins a token’s making with its use, by its id, and shows the token nowhere', async () => {
    const account = await makeAccount(server());
    const minting = await requestToken(server(), account);
    const token = text(minting.body['status']?.['token']);
    const issued = (await eventsOf(String(minting.headers['audit-id']))).at(-1);
    expect(issued).toMatchObject({
      verb: 'create',
      objectRef: { resource: 'serviceaccounts', namespace: 'contract', name: account, subresource: 'token' },
      user: { username: 'admin' },
    });
    const credential = text(issued?.['annotations']?.['authentication.kubernetes.io/issued-credential-id']);
    const using = fresh('01JUSE');
    await withToken(server(), token, (client) => client.ask(accounts, { headers: withId(using) }));
    expect((await eventsOf(using))[0]?.['user']).toMatchObject({
      username: `system:serviceaccount:contract:${account}`,
      extra: { 'authentication.kubernetes.io/credential-id': [credential] },
    });
    expect(readFileSync(server().auditLogPath, 'utf8')).not.toContain(token);
  });

  it('knows nothing of a stranger', async () => {
    const id = fresh('01JSTRANGER');
    await server().stranger.ask(accounts, { headers: withId(id) });
    const events = await eventsOf(id, 'ResponseStarted');
    expect(stages(events)).toEqual(['ResponseStarted']);
    expect(events[0]).toMatchObject({
      user: {},
      responseStatus: { status: 'Failure', message: 'Unauthorized', reason: 'Unauthorized', code: 401 },
    });
    expect(events[0]?.['annotations']).toBeUndefined();
  });

  it('tells of a watch when it begins and when it is over', async () => {
    const id = fresh('01JWATCH');
    await server().admin.ask(`${configMaps}?watch=1&timeoutSeconds=1`, { headers: withId(id) });
    const events = await eventsOf(id);
    expect(stages(events)).toEqual(['RequestReceived', 'ResponseStarted', 'ResponseComplete']);
    expect(events.map(({ verb }) => text(verb))).toEqual(['watch', 'watch', 'watch']);
    expect(events[1]?.['responseStatus']).toEqual({ metadata: {}, code: 200 });
  });

  it('keeps the sender apart from whom they were', async () => {
    const id = fresh('01JAS');
    await whoAmI(server().admin, { ...withId(id), 'impersonate-user': 'alice' });
    const [received, complete] = await eventsOf(id);
    expect(received?.['impersonatedUser']).toBeUndefined();
    expect(complete).toMatchObject({
      user: { username: 'admin' },
      impersonatedUser: { username: 'alice', groups: ['system:authenticated'] },
      authenticationMetadata: { impersonationConstraint: 'impersonate:user-info' },
    });
  });

  it('leaves out the object of a path that is none', async () => {
    const id = fresh('01JPATH');
    await server().admin.ask('/readyz', { headers: withId(id) });
    const [received] = await eventsOf(id);
    expect([text(received?.['verb']), received?.['objectRef']]).toEqual(['get', undefined]);
    expect(each(received?.['sourceIPs'])).toEqual(['127.0.0.1']);
  });
}
