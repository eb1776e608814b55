import { describe, expect, it } from 'vitest';
import type { Answer } from './client.ts';
import { configMap, configMaps, fresh, type Server } from './objects.ts';

const told = ({ code, body }: Answer): readonly unknown[] => [code, body['reason'], body['message']];

export function refusalContract(server: Server): void {
  describe('of what is not there', () => {
    it('name the object, the resource, or nothing at all', async () => {
      const { admin } = server();
      const missing = await admin.ask(`${configMaps}/nope`);
      expect(told(missing)).toEqual([404, 'NotFound', 'configmaps "nope" not found']);
      expect(missing.body['details']).toEqual({ name: 'nope', kind: 'configmaps' });
      const other = await admin.ask('/apis/apps/v1/namespaces/contract/deployments/nope');
      expect(told(other)).toEqual([404, 'NotFound', 'deployments.apps "nope" not found']);
      expect(other.body['details']).toEqual({ name: 'nope', group: 'apps', kind: 'deployments' });
      expect(told(await admin.ask('/api/v1/nopes'))).toEqual([
        404,
        'NotFound',
        'the server could not find the requested resource',
      ]);
      expect((await admin.ask('/apis/no.such.group/v1/nopes')).bytes.toString()).toBe('404 page not found\n');
      expect((await admin.ask('/nope')).bytes.toString()).toBe('404 page not found\n');
    });
  });

  describe('of who may not', () => {
    it('name user, verb, resource, group and place', async () => {
      const { nobody } = server();
      const messages = [
        [
          '/api/v1/pods',
          'pods is forbidden: User "nobody" cannot list resource "pods" in API group "" at the cluster scope',
        ],
        [
          '/api/v1/namespaces/contract/secrets?watch=1',
          'secrets is forbidden: User "nobody" cannot watch resource "secrets" in API group "" in the namespace "contract"',
        ],
        [
          '/apis/apps/v1/namespaces/contract/deployments/web/scale',
          'deployments.apps "web" is forbidden: User "nobody" cannot get resource "deployments/scale" in API group "apps" in the namespace "contract"',
        ],
        ['/metrics', 'forbidden: User "nobody" cannot get path "/metrics"'],
      ];
      for (const [path, message] of messages) {
        expect(told(await nobody.ask(path ?? ''))).toEqual([403, 'Forbidden', message]);
      }
    });

    it('come before anybody learns what exists', async () => {
      const answer = await server().nobody.ask('/api/v1/namespaces/no-such-place/configmaps/nope');
      expect(answer.code).toBe(403);
      expect(answer.body['details']).toEqual({ name: 'nope', kind: 'configmaps' });
    });

    it('tell a stranger nothing, and treat no credentials as anonymous', async () => {
      expect(told(await server().stranger.ask('/api/v1/pods'))).toEqual([401, 'Unauthorized', 'Unauthorized']);
      expect(told(await server().anonymous.ask('/api/v1/pods'))).toEqual([
        403,
        'Forbidden',
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
      ]);
    });
  });

  describe('of what makes no sense', () => {
    it.each([
      ['labelSelector=%3D%3D', /^found '==', expected: !, identifier, or 'end of string'$/],
      ['fieldSelector=spec.foo%3Dbar', /spec\.foo/],
      ['fieldSelector=xx', /^invalid selector: 'xx'; can't understand 'xx'$/],
      ['limit=x', /^strconv\.ParseInt: parsing "x": invalid syntax$/],
      ['resourceVersion=abc', /^invalid resource version/],
      ['continue=abc', /^invalid continue token/],
    ])('400 for ?%s', async (query, message) => {
      const answer = await server().admin.ask(`/api/v1/pods?${query}`);
      expect([answer.code, answer.body['reason']]).toEqual([400, 'BadRequest']);
      expect(answer.body['message']).toMatch(message);
    });

    it('405 for a method that does not belong here, 406 and 415 for forms that are not spoken', async () => {
      const { admin } = server();
      const name = fresh('form');
      await admin.post(configMaps, configMap(name));
      const path = `${configMaps}/${name}`;
      expect(told(await admin.ask(path, { method: 'POST', body: {} }))).toEqual([
        405,
        'MethodNotAllowed',
        'the server does not allow this method on the requested resource',
      ]);
      expect((await admin.ask(path, { headers: { accept: 'text/html' } })).code).toBe(406);
      expect(told(await admin.ask(path, { method: 'PATCH', body: {} }))).toEqual([
        415,
        'UnsupportedMediaType',
        '415: Unsupported Media Type',
      ]);
    });
  });
}
