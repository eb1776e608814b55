import { fresh, type Server } from './objects.ts';

export const core = '/api/v1';

/** A namespace of its own: what is refused in it concerns nobody else. */
export async function namespaceOf(server: Server, labels: object = {}): Promise<string> {
  const name = fresh('guarded');
  await server().admin.post(`${core}/namespaces`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
  });
  return name;
}

export const aPod = (name: string, resources: object = {}, labels: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: { containers: [{ name: 'odoo', image: 'odoo:17.0', resources }] },
});
