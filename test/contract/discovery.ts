import { expect, it } from 'vitest';
import { builtInKinds } from '#sandbox/kubernetes/kinds/built-in.ts';
import { each, type Json } from './client.ts';
import type { Server } from './objects.ts';

const aggregatedAccept =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,' +
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

export function discoveryContract(server: Server): void {
  it('is aggregated for who asks for it, and says so in the content type', async () => {
    const answer = await server().admin.ask('/apis', { headers: { accept: aggregatedAccept } });
    expect(answer.headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    expect(answer.body).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
  });

  it('is a plain list for who does not', async () => {
    expect(await server().admin.get('/apis')).toMatchObject({ kind: 'APIGroupList' });
    expect(await server().admin.get('/api')).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    expect(await server().admin.get('/apis/apps')).toMatchObject({ kind: 'APIGroup', name: 'apps' });
    expect(await server().admin.get('/apis/apps/v1')).toMatchObject({
      kind: 'APIResourceList',
      groupVersion: 'apps/v1',
    });
  });

  it('tells of each kind that the sandbox serves what the sandbox tells', async () => {
    const told = [
      ...resourcesOf(await server().admin.get('/api', aggregatedAccept)),
      ...resourcesOf(await server().admin.get('/apis', aggregatedAccept)),
    ];
    for (const kind of builtInKinds) {
      const found = told.find(({ id }) => id === `${kind.group}/${kind.version}/${kind.plural}`)?.resource;
      expect(found, kind.plural).toMatchObject({
        resource: kind.plural,
        responseKind: { kind: kind.kind },
        scope: kind.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: kind.singular,
        verbs: kind.verbs,
      });
      expect(found?.['shortNames'] ?? [], kind.plural).toEqual(kind.shortNames);
      expect(found?.['categories'] ?? [], kind.plural).toEqual(kind.categories);
      expect(
        each(found?.['subresources']).map(({ subresource }) => subresource),
        kind.plural,
      ).toEqual(expect.arrayContaining(kind.subresources.map(({ name }) => name)));
    }
  });

  it('answers to anybody who asks whether it is alive, and which version it is', async () => {
    for (const path of ['/healthz', '/livez', '/readyz']) {
      const answer = await server().anonymous.ask(path);
      expect([answer.code, answer.bytes.toString()]).toEqual([200, 'ok']);
    }
    expect(await server().anonymous.get('/version')).toMatchObject({
      major: '1',
      gitVersion: expect.stringMatching(/^v1\./),
    });
  });
}

function resourcesOf(list: Json): readonly { readonly id: string; readonly resource: Json }[] {
  return each(list['items']).flatMap((group) =>
    each(group['versions']).flatMap(({ version, resources }) =>
      each(resources).map((resource) => ({
        id: `${group['metadata']?.['name'] ?? ''}/${version}/${resource['resource']}`,
        resource,
      })),
    ),
  );
}
