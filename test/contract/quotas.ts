import { expect, it, vi } from 'vitest';
import { type Answer, each, mergePatch } from './client.ts';
import { aPod, core, namespaceOf } from './guarded.ts';
import { fresh, type Server } from './objects.ts';

const told = ({ code, body }: Answer): readonly unknown[] => [code, body['reason'], body['message']];

/** A quota holds at the moment of the write (facts: gitops.md §3.5). */
export function quotaContract(server: Server): void {
  const limit = async (hard: Readonly<Record<string, string>>): Promise<string> => {
    const namespace = await namespaceOf(server);
    const path = `${core}/namespaces/${namespace}/resourcequotas`;
    await server().admin.post(path, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'small' },
      spec: { hard },
    });
    // Where nobody keeps the status it is set by hand; where somebody does, this changes nothing.
    const used = Object.fromEntries(Object.keys(hard).map((resource) => [resource, '0']));
    await server().admin.ask(`${path}/small/status`, {
      method: 'PATCH',
      headers: mergePatch,
      body: { status: { hard, used } },
    });
    await vi.waitFor(async () => expect((await server().admin.get(`${path}/small`))['status']?.['hard']).toEqual(hard));
    return `${core}/namespaces/${namespace}`;
  };
  const create = (namespace: string, body: object): Promise<Answer> => server().admin.post(`${namespace}/pods`, body);

  it('says what was asked for, what is used and what is the limit', async () => {
    const namespace = await limit({ 'requests.cpu': '1', 'requests.memory': '1Gi', pods: '5' });
    const odoo = { requests: { cpu: '700m', memory: '256Mi' } };
    await vi.waitFor(async () => expect((await create(namespace, aPod(fresh('web'), odoo))).code).toBe(201));
    const refused = await create(namespace, aPod('another', odoo));
    expect(told(refused)).toEqual([
      403,
      'Forbidden',
      'pods "another" is forbidden: exceeded quota: small, requested: requests.cpu=700m, used: requests.cpu=700m, limited: requests.cpu=1',
    ]);
    expect(refused.body['details']).toEqual({ name: 'another', kind: 'pods' });
    const quota = await server().admin.get(`${namespace}/resourcequotas/small`);
    expect(quota['status']?.['used']).toEqual({ 'requests.cpu': '700m', 'requests.memory': '256Mi', pods: '1' });
  });

  it('names every resource that is exceeded, in order', async () => {
    const namespace = await limit({ 'requests.memory': '100Mi', 'requests.cpu': '1', 'limits.cpu': '2' });
    const big = { requests: { cpu: '1500m', memory: '1Gi' }, limits: { cpu: '4' } };
    await vi.waitFor(async () =>
      expect((await create(namespace, aPod('big', big))).body['message']).toBe(
        'pods "big" is forbidden: exceeded quota: small, requested: limits.cpu=4,requests.cpu=1500m,requests.memory=1Gi, ' +
          'used: limits.cpu=0,requests.cpu=0,requests.memory=0, limited: limits.cpu=2,requests.cpu=1,requests.memory=100Mi',
      ),
    );
  });

  it('wants every container to say what it takes of what is limited', async () => {
    const namespace = await limit({ 'requests.cpu': '1', 'limits.memory': '1Gi' });
    await vi.waitFor(async () =>
      expect(told(await create(namespace, aPod('silent')))).toEqual([
        403,
        'Forbidden',
        'pods "silent" is forbidden: failed quota: small: must specify limits.memory for: odoo; requests.cpu for: odoo',
      ]),
    );
  });

  it('counts objects of any kind, also in a rehearsal', async () => {
    const namespace = await limit({ 'count/configmaps': '1', 'count/deployments.apps': '0' });
    const aMap = (name: string): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    // A namespace of the sandbox has one from its first moment, and a real one with its controllers.
    await vi.waitFor(async () => {
      await server().admin.post(`${namespace}/configmaps`, aMap('first'));
      expect((await server().admin.post(`${namespace}/configmaps`, aMap('second'))).body['message']).toMatch(
        /^configmaps "second" is forbidden: exceeded quota: small, requested: count\/configmaps=1, used: count\/configmaps=1, limited: count\/configmaps=1$/,
      );
    });
    const path = namespace.replace('/api/v1', '/apis/apps/v1');
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
      },
    };
    expect((await server().admin.post(`${path}/deployments?dryRun=All`, deployment)).body['message']).toBe(
      'deployments.apps "web" is forbidden: exceeded quota: small, requested: count/deployments.apps=1, used: count/deployments.apps=0, limited: count/deployments.apps=0',
    );
  });

  it('is not asked of pods whose namespace gives them limits', async () => {
    const namespace = await limit({ 'requests.cpu': '1' });
    await server().admin.post(`${namespace}/limitranges`, {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'defaults' },
      spec: { limits: [{ type: 'Container', default: { cpu: '400m' }, defaultRequest: { cpu: '300m' } }] },
    });
    await vi.waitFor(async () => {
      const { code, body } = await create(namespace, aPod(fresh('plain')));
      expect(code).toBe(201);
      expect(each(body['spec']?.['containers'])[0]?.['resources']).toEqual({
        requests: { cpu: '300m' },
        limits: { cpu: '400m' },
      });
    });
  });
}
