import { expect, it } from 'vitest';
import type { Answer, Json } from './client.ts';
import { configMap, configMaps, defineKind, fresh, type Server } from './objects.ts';

const jsonPatch = { 'content-type': 'application/json-patch+json' };
const mergePatch = { 'content-type': 'application/merge-patch+json' };
const strategicPatch = { 'content-type': 'application/strategic-merge-patch+json' };
const deployments = '/apis/apps/v1/namespaces/contract/deployments';

export function patchContract(server: Server): void {
  const patch = (path: string, headers: Record<string, string>, body: unknown): Promise<Answer> =>
    server().admin.ask(path, { method: 'PATCH', headers, body });

  /** A Deployment that is paused at no replicas: no controller has anything to do. */
  const makeDeployment = async (): Promise<{ readonly path: string; readonly object: Json }> => {
    const name = fresh('patched');
    const answer = await server().admin.post(deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'contract' },
      spec: {
        replicas: 0,
        paused: true,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            containers: [
              {
                name: 'odoo',
                image: 'odoo:17.0',
                env: [
                  { name: 'A', value: '1' },
                  { name: 'B', value: '2' },
                ],
              },
              { name: 'sidecar', image: 'proxy:1' },
            ],
          },
        },
      },
    });
    return { path: `${deployments}/${name}`, object: answer.body };
  };
  const containers = ({ body }: Answer): unknown => body['spec']?.['template']?.['spec']?.['containers'];

  it('of JSON Patch add, replace, remove and test, in order', async () => {
    const name = fresh('json');
    await server().admin.post(configMaps, configMap(name, {}, { a: '1', b: '2' }));
    const changed = await patch(`${configMaps}/${name}`, jsonPatch, [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: '3' },
      { op: 'add', path: '/data/d', value: '4' },
      { op: 'remove', path: '/data/b' },
    ]);
    expect(changed.body['data']).toEqual({ a: '3', d: '4' });
  });

  it('of JSON Patch that do not fit are one and the same 422, and change nothing', async () => {
    const name = fresh('json');
    await server().admin.post(configMaps, configMap(name, {}, { a: '1' }));
    for (const operation of [
      { op: 'test', path: '/data/a', value: 'other' },
      { op: 'replace', path: '/no/such/path', value: 'x' },
    ]) {
      const answer = await patch(`${configMaps}/${name}`, jsonPatch, [operation]);
      expect([answer.code, answer.body['message']]).toEqual([
        422,
        'the server rejected our request due to an error in our request',
      ]);
    }
  });

  it('of the strategic kind merge containers and variables by name, and delete by directive', async () => {
    const { path } = await makeDeployment();
    const changed = await patch(path, strategicPatch, {
      spec: {
        template: {
          spec: {
            containers: [
              {
                name: 'odoo',
                image: 'odoo:18.0',
                env: [
                  { name: 'B', $patch: 'delete' },
                  { name: 'C', value: '3' },
                ],
              },
            ],
          },
        },
      },
    });
    expect(containers(changed)).toEqual([
      expect.objectContaining({
        name: 'odoo',
        image: 'odoo:18.0',
        env: expect.arrayContaining([
          { name: 'A', value: '1' },
          { name: 'C', value: '3' },
        ]),
      }),
      expect.objectContaining({ name: 'sidecar', image: 'proxy:1' }),
    ]);
  });

  it('of the merge kind replace a list whole', async () => {
    const { path } = await makeDeployment();
    const body = { spec: { template: { spec: { containers: [{ name: 'odoo', image: 'odoo:18.0' }] } } } };
    expect(containers(await patch(path, mergePatch, body))).toEqual([
      expect.objectContaining({ name: 'odoo', image: 'odoo:18.0' }),
    ]);
  });

  it('with a uid of another object are refused', async () => {
    const { path } = await makeDeployment();
    const answer = await patch(path, mergePatch, { metadata: { uid: 'another' }, spec: { replicas: 0 } });
    expect(answer.code).toBe(422);
    expect(answer.body['details']?.['causes']?.[0]?.['field']).toBe('metadata.uid');
    const scale = await patch(`${path}/scale`, mergePatch, { metadata: { uid: 'another' }, spec: { replicas: 0 } });
    expect([scale.code, scale.body['reason']]).toEqual([409, 'Conflict']);
    expect(scale.body['message']).toContain('Precondition failed: UID in precondition: another, UID in object meta:');
  });

  it('of the strategic kind are not for custom kinds', async () => {
    const { path, object } = await defineKind(server());
    await server().admin.post(path, object({ size: 1 }));
    expect((await patch(`${path}/a`, strategicPatch, { spec: { size: 2 } })).code).toBe(415);
    expect((await patch(`${path}/a`, mergePatch, { spec: { size: 2 } })).body['spec']).toEqual({ size: 2 });
  });

  it('of /scale change replicas and nothing else, hold to a version, and can be rehearsed', async () => {
    const { path, object } = await makeDeployment();
    expect(await server().admin.get(`${path}/scale`)).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { uid: object['metadata']?.['uid'] },
      spec: {}, // zero is left out
    });
    const rehearsed = await patch(`${path}/scale?dryRun=All`, mergePatch, { spec: { replicas: 2 } });
    expect(rehearsed.body['spec']).toEqual({ replicas: 2 });
    expect((await server().admin.get(path))['spec']?.['replicas']).toBe(0);
    const stale = await patch(`${path}/scale`, mergePatch, {
      metadata: { resourceVersion: '1', annotations: { 'till.dev/op-id': 'lost' } },
      spec: { replicas: 2 },
    });
    expect([stale.code, stale.body['reason']]).toEqual([409, 'Conflict']);
    const done = await patch(`${path}/scale`, mergePatch, {
      metadata: { annotations: { 'till.dev/op-id': 'lost' } },
      spec: { replicas: 2 },
    });
    expect(done.body['metadata']?.['annotations']).toBeUndefined();
    const now = await server().admin.get(path);
    expect(now['spec']?.['replicas']).toBe(2);
    expect(now['metadata']?.['generation']).toBe(2);
    expect(now['metadata']?.['annotations']?.['till.dev/op-id']).toBeUndefined();
  });
}
