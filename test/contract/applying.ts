import { expect, it } from 'vitest';
import { type Answer, each, type Json, mergePatch } from './client.ts';
import { configMaps, defineKind, fresh, type Server } from './objects.ts';

const deployments = '/apis/apps/v1/namespaces/contract/deployments';
const applyPatch = { 'content-type': 'application/apply-patch+yaml' };
const jsonPatch = { 'content-type': 'application/json-patch+json' };
const told = ({ code, body }: Answer): readonly unknown[] => [code, body['reason'], body['message']];

/** Server-side apply, and who manages which field (facts: kubernetes-verified.md §2, §7; gitops.md §3.1). */
export function applyContract(server: Server): void {
  const apply = (path: string, manager: string, body: unknown, more = ''): Promise<Answer> =>
    server().admin.ask(`${path}?fieldManager=${manager}${more}`, { method: 'PATCH', headers: applyPatch, body });
  const managers = (object: Json): readonly Json[] =>
    each(object['metadata']?.['managedFields']).map(({ time: _, ...entry }) => entry);
  const fieldsOf = (object: Json, manager: string): Json | undefined =>
    managers(object).find((entry) => entry['manager'] === (manager as unknown))?.['fieldsV1'];

  const aMap = (name: string, data: object, metadata: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...metadata },
    data,
  });
  const aDeployment = (name: string, spec: object = {}, container: object = {}): object => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      // Where there are controllers they have nothing to say.
      paused: true,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: 'odoo',
              image: 'odoo:17.0',
              env: [{ name: 'A', value: '1' }],
              ports: [{ containerPort: 8069 }],
              resources: { requests: { cpu: '500m' } },
              ...container,
            },
          ],
        },
      },
      ...spec,
    },
  });

  it('creates what is not there, and enters who applied what', async () => {
    const name = fresh('applied');
    const answer = await apply(`${configMaps}/${name}`, 'one', aMap(name, { a: '1' }, { labels: { team: 'x' } }));
    expect(answer.code).toBe(201);
    expect(managers(answer.body)).toEqual([
      {
        manager: 'one',
        operation: 'Apply',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:a': {} }, 'f:metadata': { 'f:labels': { 'f:team': {} } } },
      },
    ]);
    const again = await apply(`${configMaps}/${name}`, 'one', aMap(name, { a: '1' }, { labels: { team: 'x' } }));
    expect(again.code).toBe(200);
    expect(again.body['metadata']?.['resourceVersion']).toBe(answer.body['metadata']?.['resourceVersion']);
  });

  it('takes YAML as well as JSON', async () => {
    const name = fresh('applied');
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: "1"\n`;
    const { code, body } = await server().admin.ask(`${configMaps}/${name}?fieldManager=one`, {
      method: 'PATCH',
      headers: applyPatch,
      text,
    });
    expect([code, body['data']]).toEqual([201, { a: '1' }]);
  });

  it('needs to know who applies, and takes no managers from the client', async () => {
    const name = fresh('applied');
    const nobody = await server().admin.ask(`${configMaps}/${name}`, {
      method: 'PATCH',
      headers: applyPatch,
      body: aMap(name, {}),
    });
    expect(told(nobody)).toEqual([
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ]);
    const claimed = await apply(`${configMaps}/${name}`, 'one', aMap(name, {}, { managedFields: [{ manager: 'x' }] }));
    expect(told(claimed)).toEqual([400, 'BadRequest', 'metadata.managedFields must be nil']);
    const other = await apply(`${configMaps}/${name}`, 'one', aMap('another', {}));
    expect(other.code).toBe(400);
  });

  it('enters fields of lists by their keys', async () => {
    const name = fresh('applied');
    const { body } = await apply(`${deployments}/${name}`, 'one', aDeployment(name));
    expect(fieldsOf(body, 'one')).toEqual({
      'f:metadata': { 'f:labels': { 'f:app': {} } },
      'f:spec': {
        'f:paused': {},
        'f:selector': {},
        'f:template': {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"odoo"}': {
                '.': {},
                'f:env': { 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                'f:image': {},
                'f:name': {},
                'f:ports': { 'k:{"containerPort":8069,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
                'f:resources': { 'f:requests': { 'f:cpu': {} } },
              },
            },
          },
        },
      },
    });
    expect(body['spec']?.['replicas']).toBe(1);
  });

  it('enters whoever creates with all that came of it, defaults too', async () => {
    const name = fresh('made');
    const { body } = await server().admin.post(`${deployments}?fieldManager=maker`, aDeployment(name));
    expect(managers(body)).toMatchObject([{ manager: 'maker', operation: 'Update', apiVersion: 'apps/v1' }]);
    const fields = fieldsOf(body, 'maker');
    expect(fields?.['f:metadata']).toEqual({ 'f:labels': { '.': {}, 'f:app': {} } });
    const { 'f:template': template, ...spec } = fields?.['f:spec'] ?? {};
    expect(spec).toEqual({
      'f:paused': {},
      'f:progressDeadlineSeconds': {},
      'f:replicas': {},
      'f:revisionHistoryLimit': {},
      'f:selector': {},
      'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} }, 'f:type': {} },
    });
    const container = template?.['f:spec']?.['f:containers']?.['k:{"name":"odoo"}'];
    expect(template?.['f:metadata']).toEqual({ 'f:labels': { '.': {}, 'f:app': {} } });
    expect(container).toMatchObject({
      '.': {},
      'f:env': { '.': {}, 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
      'f:ports': {
        '.': {},
        'k:{"containerPort":8069,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
      },
      'f:resources': { '.': {}, 'f:requests': { '.': {}, 'f:cpu': {} } },
    });
  });

  it('refuses to take over a field with another value, and names its manager', async () => {
    const name = fresh('contested');
    const path = `${deployments}/${name}`;
    await apply(path, 'one', aDeployment(name, { replicas: 2 }));
    const single = await apply(path, 'two', aDeployment(name, { replicas: 3 }));
    expect(single.code).toBe(409);
    expect(single.body).toMatchObject({
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .spec.replicas',
      details: {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.replicas' }],
      },
    });
    const many = await apply(path, 'two', aDeployment(name, { replicas: 3 }, { image: 'odoo:18.0' }));
    expect(many.body['message']).toBe(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.replicas\n- .spec.template.spec.containers[name="odoo"].image',
    );
    expect((await server().admin.get(path))['spec']?.['replicas']).toBe(2);
  });

  it('names one who wrote otherwise with the version that it wrote in, and the subresource', async () => {
    const name = fresh('contested');
    const path = `${deployments}/${name}`;
    await server().admin.post(`${deployments}?fieldManager=maker`, aDeployment(name, { replicas: 2 }));
    const made = await apply(path, 'two', aDeployment(name, { replicas: 3 }));
    expect(made.body['message']).toBe(
      'Apply failed with 1 conflict: conflict with "maker" using apps/v1: .spec.replicas',
    );
    const scale = { method: 'PATCH', headers: mergePatch, body: { spec: { replicas: 4 } } } as const;
    await server().admin.ask(`${path}/scale?fieldManager=scaler`, scale);
    const scaled = await apply(path, 'two', aDeployment(name, { replicas: 3 }));
    expect(scaled.body['message']).toBe(
      'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas',
    );
  });

  it('takes over by force, and shares what is of one value', async () => {
    const name = fresh('forced');
    const path = `${configMaps}/${name}`;
    await apply(path, 'one', aMap(name, { a: '1', b: '1' }));
    const shared = await apply(path, 'two', aMap(name, { a: '1' }));
    expect(shared.code).toBe(200);
    const forced = await apply(path, 'two', aMap(name, { a: '1', b: '2' }), '&force=true');
    expect([forced.code, forced.body['data']]).toEqual([200, { a: '1', b: '2' }]);
    expect(fieldsOf(forced.body, 'one')).toEqual({ 'f:data': { 'f:a': {} } });
    expect(fieldsOf(forced.body, 'two')).toEqual({ 'f:data': { 'f:a': {}, 'f:b': {} } });
  });

  it('is the only kind of patch that can be forced', async () => {
    const name = fresh('forced');
    await apply(`${configMaps}/${name}`, 'one', aMap(name, {}));
    const answer = await server().admin.ask(`${configMaps}/${name}?force=true`, {
      method: 'PATCH',
      headers: mergePatch,
      body: {},
    });
    expect(told(answer)).toEqual([
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    ]);
  });

  it('takes away what is applied no more, unless somebody else holds it', async () => {
    const name = fresh('pruned');
    const path = `${deployments}/${name}`;
    const probe = { httpGet: { path: '/', port: 8069 } };
    await apply(
      path,
      'one',
      aDeployment(
        name,
        { replicas: 2 },
        {
          readinessProbe: probe,
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
        },
      ),
    );
    await server().admin.ask(`${path}/scale?fieldManager=scaler`, {
      method: 'PATCH',
      headers: mergePatch,
      body: { spec: { replicas: 5 } },
    });
    const { body } = await apply(path, 'one', aDeployment(name, {}, { env: [{ name: 'B', value: '2' }] }));
    const container = each(body['spec']?.['template']?.['spec']?.['containers'])[0];
    expect(container).not.toHaveProperty('readinessProbe');
    expect(container?.['env']).toEqual([{ name: 'B', value: '2' }]);
    expect(body['spec']?.['replicas']).toBe(5);
  });

  it('takes a label away with the last one, and leaves what others put there', async () => {
    const name = fresh('pruned');
    const path = `${configMaps}/${name}`;
    await apply(path, 'one', aMap(name, { a: '1' }, { labels: { mine: 'x' } }));
    const gone = await apply(path, 'one', aMap(name, { a: '1' }));
    expect(gone.body['metadata']).not.toHaveProperty('labels');
    await apply(path, 'one', aMap(name, { a: '1' }, { labels: { mine: 'x' } }));
    await server().admin.ask(`${path}?fieldManager=other`, {
      method: 'PATCH',
      headers: mergePatch,
      body: { metadata: { labels: { theirs: 'y' } } },
    });
    const left = await apply(path, 'one', aMap(name, { a: '1' }));
    expect(left.body['metadata']?.['labels']).toEqual({ theirs: 'y' });
  });

  it('holds to a uid, also of an object that is gone', async () => {
    const name = fresh('recreated');
    const path = `${configMaps}/${name}`;
    const missing = await apply(path, 'one', aMap(name, {}, { uid: 'another' }));
    expect(told(missing)).toEqual([
      409,
      'Conflict',
      `Operation cannot be fulfilled on configmaps "${name}": uid mismatch: the provided object specified uid another, and no existing object was found`,
    ]);
    await apply(path, 'one', aMap(name, { a: '1' }));
    const other = await apply(path, 'one', aMap(name, { a: '2' }, { uid: 'another' }));
    expect([other.code, each(other.body['details']?.['causes'])[0]?.['field']]).toEqual([422, 'metadata.uid']);
    const stale = await apply(path, 'one', aMap(name, { a: '2' }, { resourceVersion: '1' }));
    expect([stale.code, stale.body['reason']]).toEqual([409, 'Conflict']);
  });

  it('can be rehearsed', async () => {
    const name = fresh('rehearsed');
    const answer = await apply(`${configMaps}/${name}`, 'one', aMap(name, { a: '1' }), '&dryRun=All');
    expect([answer.code, answer.body['data']]).toEqual([201, { a: '1' }]);
    expect((await server().admin.ask(`${configMaps}/${name}`)).code).toBe(404);
  });

  it('of /scale enters replicas alone, and conflicts with who holds them', async () => {
    const name = fresh('scaled');
    const path = `${deployments}/${name}`;
    await server().admin.post(`${deployments}?fieldManager=maker`, aDeployment(name, { replicas: 2 }));
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name }, spec: { replicas: 4 } };
    const refused = await apply(`${path}/scale`, 'till', scale);
    expect([refused.code, refused.body['details']?.['causes']]).toMatchObject([
      409,
      [{ reason: 'FieldManagerConflict', field: '.spec.replicas' }],
    ]);
    const forced = await apply(`${path}/scale`, 'till', scale, '&force=true');
    expect([forced.code, forced.body['kind'], forced.body['spec']]).toEqual([200, 'Scale', { replicas: 4 }]);
    const entries = managers(await server().admin.get(path));
    expect(entries.find((entry) => entry['manager'] === ('till' as unknown))).toEqual({
      manager: 'till',
      operation: 'Apply',
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      subresource: 'scale',
    });
  });

  it('of custom kinds takes lists as one piece', async () => {
    const { path, object } = await defineKind(server());
    const sent = object({ size: 1, list: [{ name: 'a' }] }) as { readonly metadata: object };
    const answer = await apply(`${path}/a`, 'one', sent);
    expect(answer.code).toBe(201);
    const { body } = await apply(`${path}/a`, 'one', object({ list: [{ name: 'b' }] }));
    expect(body['spec']).toEqual({ list: [{ name: 'b' }] });
  });

  it('leaves every field with its last writer, whatever the kind of write', async () => {
    const name = fresh('written');
    const path = `${deployments}/${name}`;
    const { body: made } = await server().admin.post(`${deployments}?fieldManager=maker`, aDeployment(name));
    await server().admin.ask(`${path}?fieldManager=patcher`, {
      method: 'PATCH',
      headers: jsonPatch,
      body: [
        { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'odoo:17.1' },
        { op: 'add', path: '/metadata/annotations', value: { note: 'x' } },
        { op: 'remove', path: '/spec/template/spec/containers/0/env' },
      ],
    });
    const after = await server().admin.get(path);
    expect(fieldsOf(after, 'patcher')).toEqual({
      'f:metadata': { 'f:annotations': { '.': {}, 'f:note': {} } },
      'f:spec': {
        'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"odoo"}': { 'f:image': {} } } } },
      },
    });
    const held = fieldsOf(after, 'maker')?.['f:spec']?.['f:template']?.['f:spec']?.['f:containers'];
    expect(held?.['k:{"name":"odoo"}']).not.toHaveProperty('f:image');
    expect(held?.['k:{"name":"odoo"}']).not.toHaveProperty('f:env');
    expect(fieldsOf(made, 'maker')?.['f:spec']).toHaveProperty('f:replicas');
  });

  it('lets kubectl go over from the client’s side without force, and nobody else', async () => {
    const name = fresh('taken');
    const path = `${configMaps}/${name}`;
    const key = 'kubectl.kubernetes.io/last-applied-configuration';
    const last = aMap(name, { a: '1' });
    await server().admin.post(
      `${configMaps}?fieldManager=kubectl-client-side-apply`,
      aMap(name, { a: '1', b: '1' }, { annotations: { [key]: JSON.stringify(last) } }),
    );
    expect((await apply(path, 'other', aMap(name, { a: '2' }))).code).toBe(409);
    expect((await apply(path, 'kubectl', aMap(name, { b: '2' }))).body['message']).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.b',
    );
    const { code, body } = await apply(path, 'kubectl', aMap(name, { a: '2' }));
    expect([code, body['data']]).toEqual([200, { a: '2', b: '1' }]);
    expect(JSON.parse(String(body['metadata']?.['annotations']?.[key]))).toMatchObject({ data: { a: '2' } });
  });

  it('lets a client hand the entries over, as kubectl does on its way to the server’s side', async () => {
    const name = fresh('handed');
    const path = `${configMaps}/${name}`;
    const { body } = await server().admin.post(`${configMaps}?fieldManager=old`, aMap(name, { a: '1' }));
    const [entry] = each(body['metadata']?.['managedFields']);
    const handed = await server().admin.ask(`${path}?fieldManager=new`, {
      method: 'PATCH',
      headers: jsonPatch,
      body: [
        { op: 'replace', path: '/metadata/managedFields', value: [{ ...entry, manager: 'new', operation: 'Apply' }] },
      ],
    });
    expect(managers(handed.body)).toMatchObject([{ manager: 'new', operation: 'Apply' }]);
    const gone = await apply(path, 'new', aMap(name, { b: '1' }));
    expect(gone.body['data']).toEqual({ b: '1' });
    const forgotten = await server().admin.ask(`${path}?fieldManager=new`, {
      method: 'PATCH',
      headers: mergePatch,
      body: { metadata: { managedFields: [{}] } },
    });
    expect(forgotten.body['metadata']).not.toHaveProperty('managedFields');
  });
}
