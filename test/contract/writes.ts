import { expect, it } from 'vitest';
import { type Answer, type Json, mergePatch } from './client.ts';
import { configMap, configMaps, fresh, type Server } from './objects.ts';

const told = ({ code, body }: Answer): readonly unknown[] => [code, body['reason'], body['message']];
const modified = 'the object has been modified; please apply your changes to the latest version and try again';

export function writeContract(server: Server): void {
  const make = async (): Promise<{ readonly path: string; readonly name: string; readonly object: Json }> => {
    const name = fresh('written');
    const { body } = await server().admin.post(configMaps, configMap(name, {}, { a: '1' }));
    return { path: `${configMaps}/${name}`, name, object: body };
  };
  const patch = (path: string, body: object): Promise<Answer> =>
    server().admin.ask(path, { method: 'PATCH', headers: mergePatch, body });

  it('fill in what is the server’s: uid, version, time', async () => {
    const { object } = await make();
    expect(object).toMatchObject({
      kind: 'ConfigMap',
      metadata: {
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        resourceVersion: expect.stringMatching(/^\d+$/),
        creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
    });
  });

  it('refuse a name that is taken, missing or not a name, and a namespace that is not there', async () => {
    const { name } = await make();
    const { admin } = server();
    expect(told(await admin.post(configMaps, configMap(name)))).toEqual([
      409,
      'AlreadyExists',
      `configmaps "${name}" already exists`,
    ]);
    expect(told(await admin.post(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }))).toEqual([
      422,
      'Invalid',
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ]);
    expect((await admin.post(configMaps, configMap('A b'))).body['details']?.['causes']?.[0]?.['field']).toBe(
      'metadata.name',
    );
    expect(
      told(
        await admin.post('/api/v1/namespaces/nowhere/configmaps', {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'x' },
        }),
      ),
    ).toEqual([404, 'NotFound', 'namespaces "nowhere" not found']);
  });

  it('make names from a prefix', async () => {
    const { body } = await server().admin.post(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { generateName: 'grant-' },
    });
    expect(body['metadata']?.['name']).toMatch(/^grant-[a-z0-9]{5}$/);
  });

  it('of a whole object need its newest version', async () => {
    const { path, name, object } = await make();
    const stale = { ...object, metadata: { ...object['metadata'], resourceVersion: '1' } };
    expect(told(await server().admin.ask(path, { method: 'PUT', body: stale }))).toEqual([
      409,
      'Conflict',
      `Operation cannot be fulfilled on configmaps "${name}": ${modified}`,
    ]);
    const renewed = await server().admin.ask(path, { method: 'PUT', body: { ...object, data: { a: '2' } } });
    expect(renewed.body['data']).toEqual({ a: '2' });
    expect(renewed.body['metadata']?.['uid']).toBe(object['metadata']?.['uid']);
  });

  it('that say what is there already change nothing, not even the version', async () => {
    const { path, object } = await make();
    const again = await server().admin.ask(path, { method: 'PUT', body: object });
    expect(again.body['metadata']?.['resourceVersion']).toBe(object['metadata']?.['resourceVersion']);
  });

  it('by merge patch set, remove, and hold to a version and a uid', async () => {
    const { path, name, object } = await make();
    const changed = await patch(path, { data: { a: null, b: '2' } });
    expect(changed.body['data']).toEqual({ b: '2' });
    const version = object['metadata']?.['resourceVersion'];
    expect(told(await patch(path, { metadata: { resourceVersion: version }, data: { c: '3' } }))).toEqual([
      409,
      'Conflict',
      `Operation cannot be fulfilled on configmaps "${name}": ${modified}`,
    ]);
    expect(told(await patch(`${configMaps}/nope`, { data: {} }))).toEqual([
      404,
      'NotFound',
      'configmaps "nope" not found',
    ]);
  });

  it('count generations where a kind has them, and only for the spec', async () => {
    const budgets = '/apis/policy/v1/namespaces/contract/poddisruptionbudgets';
    const name = fresh('budget');
    const { body } = await server().admin.post(budgets, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace: 'contract' },
      spec: { minAvailable: 1, selector: { matchLabels: { a: 'b' } } },
    });
    expect(body['metadata']?.['generation']).toBe(1);
    const labelled = await patch(`${budgets}/${name}`, { metadata: { labels: { a: 'b' } } });
    expect(labelled.body['metadata']?.['generation']).toBe(1);
    const changed = await patch(`${budgets}/${name}`, { spec: { minAvailable: 2 } });
    expect(changed.body['metadata']?.['generation']).toBe(2);
  });

  it('as a dry run answer as if, and store nothing', async () => {
    const name = fresh('dry');
    const answer = await server().admin.post(`${configMaps}?dryRun=All`, configMap(name));
    expect(answer.code).toBe(201);
    expect(answer.body['metadata']?.['uid']).toMatch(/^[0-9a-f-]{36}$/);
    expect((await server().admin.ask(`${configMaps}/${name}`)).code).toBe(404);
    const { path } = await make();
    expect((await patch(`${path}?dryRun=All`, { data: { a: '9' } })).body['data']).toEqual({ a: '9' });
    expect((await server().admin.get(path))['data']).toEqual({ a: '1' });
    expect((await server().admin.ask(`${path}?dryRun=All`, { method: 'DELETE' })).code).toBe(200);
    expect((await server().admin.ask(path)).code).toBe(200);
  });

  it('that delete hold to preconditions and answer with what is gone', async () => {
    const { path, name, object } = await make();
    const wrong = await server().admin.ask(path, { method: 'DELETE', body: { preconditions: { uid: 'another' } } });
    expect([wrong.code, wrong.body['reason']]).toEqual([409, 'Conflict']);
    const { code, body } = await server().admin.ask(path, { method: 'DELETE' });
    expect(code).toBe(200);
    expect(body).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name, kind: 'configmaps', uid: object['metadata']?.['uid'] },
    });
    expect((await server().admin.ask(path, { method: 'DELETE' })).code).toBe(404);
  });
}
