import { expect, it } from 'vitest';
import { type Answer, each, type Json, mergePatch } from './client.ts';
import { fresh, type Server } from './objects.ts';

const deployments = '/apis/apps/v1/namespaces/contract/deployments';
const jsonPatch = { 'content-type': 'application/json-patch+json' };
const strategicPatch = { 'content-type': 'application/strategic-merge-patch+json' };
const rejected = 'the server rejected our request due to an error in our request';

/** What an action's writes rely on (facts: kubernetes-verified.md §4, §7). */
export function workloadWriteContract(server: Server): void {
  const make = async (): Promise<{ readonly path: string; readonly object: Json }> => {
    const name = fresh('workload');
    const labels = { app: name };
    const { body, code } = await server().admin.post(`${deployments}?fieldManager=maker`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 2,
        // Where there are controllers they have nothing to say, so that versions stand still.
        paused: true,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'odoo', image: 'odoo:17.0', env: [{ name: 'A', value: '1' }] }] },
        },
      },
    });
    expect(code).toBe(201);
    return { path: `${deployments}/${name}`, object: body };
  };
  const patch = (path: string, body: unknown, headers: Record<string, string> = mergePatch): Promise<Answer> =>
    server().admin.ask(path, { method: 'PATCH', headers, body });
  const managers = async (path: string): Promise<readonly Json[]> =>
    each((await server().admin.get(path))['metadata']?.['managedFields']);

  it('scale by /scale, stamped with the manager and the subresource', async () => {
    const { path } = await make();
    const answer = await patch(`${path}/scale?fieldManager=till-1`, { spec: { replicas: 5 } });
    expect(answer.body).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 5 } });
    const after = await server().admin.get(path);
    expect(after['spec']?.['replicas']).toBe(5);
    expect(after['metadata']?.['generation']).toBe(2);
    const entries = await managers(path);
    expect(entries.find((entry) => entry['manager'] === ('till-1' as unknown))).toMatchObject({
      operation: 'Update',
      subresource: 'scale',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    });
    const maker = entries.find((entry) => entry['manager'] === ('maker' as unknown));
    expect(maker?.['fieldsV1']?.['f:spec']).not.toHaveProperty('f:replicas');
    expect((await server().admin.get(`${path}/scale`))['spec']).toEqual({ replicas: 5 });
  });

  it('hold /scale to uid and version, both by a conflict', async () => {
    const { path, object } = await make();
    const uid = object['metadata']?.['uid'];
    const other = await patch(`${path}/scale`, { metadata: { uid: 'another' }, spec: { replicas: 1 } });
    expect([other.code, other.body['message']]).toEqual([
      409,
      expect.stringContaining(`Precondition failed: UID in precondition: another, UID in object meta: ${String(uid)}`),
    ]);
    const stale = await patch(`${path}/scale`, { metadata: { resourceVersion: '1' }, spec: { replicas: 1 } });
    expect([stale.code, stale.body['reason']]).toEqual([409, 'Conflict']);
  });

  it('hold a merge patch of the object to its uid', async () => {
    const { path } = await make();
    const { code, body } = await patch(path, { metadata: { uid: 'another' }, spec: { replicas: 1 } });
    const fields = each(body['details']?.['causes']).map((cause) => cause['field']);
    expect([code, [...new Set<unknown>(fields)]]).toEqual([422, ['metadata.uid']]);
  });

  it('take a JSON Patch with tests, and answer a failed one and a bad path alike', async () => {
    const { path, object } = await make();
    const template = object['spec']?.['template'];
    const changed = await patch(
      path,
      [
        { op: 'test', path: '/metadata/uid', value: object['metadata']?.['uid'] },
        { op: 'replace', path: '/metadata/resourceVersion', value: object['metadata']?.['resourceVersion'] },
        { op: 'replace', path: '/spec/template', value: template },
        { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'odoo:17.1' },
      ],
      jsonPatch,
    );
    expect(changed.code).toBe(200);
    expect(each(changed.body['spec']?.['template']?.['spec']?.['containers'])[0]?.['image']).toBe('odoo:17.1');
    for (const step of [
      { op: 'test', path: '/metadata/uid', value: 'another' },
      { op: 'replace', path: '/spec/nope/deeper', value: 1 },
    ]) {
      const { code, body } = await patch(path, [step], jsonPatch);
      expect([code, body['reason'], body['message']]).toEqual([422, 'Invalid', rejected]);
    }
    const version = object['metadata']?.['resourceVersion'];
    const stale = await patch(path, [{ op: 'replace', path: '/metadata/resourceVersion', value: version }], jsonPatch);
    expect(stale.code).toBe(409);
  });

  it('merge strategically: containers and their variables by name', async () => {
    const { path } = await make();
    const containers = [{ name: 'odoo', env: [{ name: 'B', value: '2' }] }];
    const { body } = await patch(path, { spec: { template: { spec: { containers } } } }, strategicPatch);
    expect(each(body['spec']?.['template']?.['spec']?.['containers'])).toMatchObject([
      {
        name: 'odoo',
        image: 'odoo:17.0',
        env: expect.arrayContaining([
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ]),
      },
    ]);
  });

  it('try out: the answer has the change, the store does not', async () => {
    const { path, object } = await make();
    const version = object['metadata']?.['resourceVersion'];
    const dry = await patch(`${path}/scale?dryRun=All`, { spec: { replicas: 9 } });
    expect(dry.body['spec']).toEqual({ replicas: 9 });
    const whole = await patch(`${path}?dryRun=All`, { spec: { replicas: 9 } });
    expect(whole.body['metadata']).toMatchObject({ generation: 2, resourceVersion: version });
    expect((await server().admin.get(path))['spec']?.['replicas']).toBe(2);
    const wrong = await patch(`${path}?dryRun=all`, { spec: { replicas: 9 } });
    expect([wrong.code, wrong.body['message']]).toEqual([422, expect.stringContaining('supported values: "All"')]);
  });
}
