import { beforeAll, expect, it } from 'vitest';
import { builtInKinds } from '#sandbox/kubernetes/kinds/built-in.ts';
import { apiVersionOf } from '#sandbox/kubernetes/kinds/kind.ts';
import { columnsOf, tableOf } from '#sandbox/kubernetes/tables/table.ts';
import { each, type Json, tableAccept } from './client.ts';
import { configMap, configMaps, type Server } from './objects.ts';

const namespace = '/api/v1/namespaces/contract';

export function tableContract(server: Server): void {
  beforeAll(async () => {
    const { admin } = server();
    const meta = (name: string) => ({ name, namespace: 'contract' });
    await admin.post(configMaps, configMap('table', {}, { a: '1', b: '2' }));
    await admin.post(`${namespace}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: meta('table'),
      stringData: { password: 'x' },
    });
    await admin.post(`${namespace}/services`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta('table'),
      spec: {
        selector: { b: '2', a: '1' },
        ports: [
          { name: 'http', port: 80, targetPort: 8069 },
          { name: 'x', port: 81, protocol: 'UDP' },
        ],
      },
    });
    await admin.post('/apis/policy/v1/namespaces/contract/poddisruptionbudgets', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: meta('table'),
      spec: { minAvailable: '50%', selector: { matchLabels: { a: '1' } } },
    });
    await admin.post('/apis/batch/v1/namespaces/contract/cronjobs', {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: meta('table'),
      spec: {
        schedule: '*/5 * * * *',
        timeZone: 'Europe/Paris',
        suspend: true,
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'odoo:17.0' }] } } },
        },
      },
    });
    await admin.post('/apis/networking.k8s.io/v1/namespaces/contract/ingresses', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: meta('table'),
      spec: {
        ingressClassName: 'traefik',
        tls: [{ hosts: ['a.example'] }],
        rules: ['a.example', 'b.example', 'c.example', 'd.example'].map((host) => ({ host })),
      },
    });
  });

  it('have the columns that the sandbox shows, for each kind', async () => {
    for (const kind of builtInKinds.filter(({ verbs }) => verbs.includes('list'))) {
      const root = kind.group === '' ? '/api' : '/apis';
      const table = await server().admin.get(`${root}/${apiVersionOf(kind)}/${kind.plural}?limit=1`, tableAccept);
      const columns = each(table['columnDefinitions']).map(({ description: _, ...column }) => column);
      const ours = columnsOf(tableOf(kind)).map(({ description: _, ...column }) => column);
      expect(columns, kind.plural).toEqual(ours);
    }
  });

  it.each([
    ['configmaps', ['table', 2]],
    ['secrets', ['table', 'Opaque', 1]],
    ['services', ['table', 'ClusterIP', expect.stringMatching(/^10\.96\./), '<none>', '80/TCP,81/UDP']],
  ])('show %s as they are', async (plural, cells) => {
    expect((await cellsOf(server, `${namespace}/${plural}`)).slice(0, cells.length)).toEqual(cells);
  });

  it('show the wide cells of a service, a budget, a cron job and an ingress', async () => {
    expect((await cellsOf(server, `${namespace}/services`)).at(-1)).toBe('a=1,b=2');
    const budget = await cellsOf(server, '/apis/policy/v1/namespaces/contract/poddisruptionbudgets');
    expect(budget.slice(0, 4)).toEqual(['table', '50%', 'N/A', 0]);
    const job = await cellsOf(server, '/apis/batch/v1/namespaces/contract/cronjobs');
    expect(job.toSpliced(6, 1)).toEqual([
      ...['table', '*/5 * * * *', 'Europe/Paris', 'True', 0, '<none>', 'c', 'odoo:17.0', '<none>'],
    ]);
    const ingress = await cellsOf(server, '/apis/networking.k8s.io/v1/namespaces/contract/ingresses');
    expect(ingress.slice(0, 5)).toEqual([
      'table',
      'traefik',
      'a.example,b.example,c.example + 1 more...',
      '',
      '80, 443',
    ]);
  });

  it('carry metadata in each row unless asked for none, or for the whole object', async () => {
    const row = async (include: string): Promise<Json | undefined> => {
      const query = `fieldSelector=metadata.name%3Dtable${include}`;
      return (await server().admin.get(`${configMaps}?${query}`, tableAccept))['rows']?.[0];
    };
    const byDefault = await row('');
    expect(byDefault?.['object']).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { namespace: 'contract' } });
    expect(byDefault?.['object']?.['data']).toBeUndefined();
    expect((await row('&includeObject=None'))?.['object']).toBeNull();
    expect((await row('&includeObject=Object'))?.['object']).toMatchObject({ kind: 'ConfigMap', data: { a: '1' } });
  });

  it('of one object are tables too', async () => {
    const table = await server().admin.get(`${configMaps}/table`, tableAccept);
    expect(table).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      rows: [{ cells: ['table', 2, expect.any(String)] }],
    });
  });
}

async function cellsOf(server: Server, path: string): Promise<readonly unknown[]> {
  const table = await server().admin.get(`${path}?fieldSelector=metadata.name%3Dtable`, tableAccept);
  return each(table['rows']?.[0]?.['cells']);
}
