import { expect, it, vi } from 'vitest';
import { type Answer, each, type Json, mergePatch } from './client.ts';
import { core, namespaceOf } from './guarded.ts';
import { fresh, type Server } from './objects.ts';

const told = ({ code, body }: Answer): readonly unknown[] => [code, body['reason'], body['message']];

const admission = '/apis/admissionregistration.k8s.io/v1';

/** ValidatingAdmissionPolicies: what they see and how they refuse (facts: kubernetes-verified.md §3, §4; gitops.md §1.4). */
export function policyContract(server: Server): void {
  /** A policy in force over one namespace. */
  const enforce = async (spec: Json | object, actions: readonly string[] = ['Deny']) => {
    const name = fresh('policy');
    const namespace = await namespaceOf(server, { guarded: name });
    const policy = await server().admin.post(`${admission}/validatingadmissionpolicies`, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec,
    });
    expect(policy.body).toMatchObject({ kind: 'ValidatingAdmissionPolicy' });
    const binding = await server().admin.post(`${admission}/validatingadmissionpolicybindings`, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: actions,
        matchResources: { namespaceSelector: { matchLabels: { guarded: name } } },
      },
    });
    expect(binding.code).toBe(201);
    return { name, namespace, denied: `ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request:` };
  };
  const rules = (resources: readonly string[], operations: readonly string[], group = ''): object => ({
    resourceRules: [{ apiGroups: [group], apiVersions: ['*'], resources, operations }],
  });
  const aMap = (name: string, data: object = {}, metadata: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...metadata },
    data,
  });
  const post = (namespace: string, body: object, query = ''): Promise<Answer> =>
    server().admin.post(`${core}/namespaces/${namespace}/configmaps${query}`, body);
  const soon = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 200 });

  it('refuse with the reason, the policy and the binding, also a rehearsal', async () => {
    const { namespace, denied } = await enforce({
      matchConstraints: rules(['configmaps'], ['CREATE']),
      validations: [{ expression: "object.data.?size.orValue('') != 'big'", reason: 'Forbidden', message: 'too big' }],
    });
    await soon(async () => {
      const refused = await post(namespace, aMap(fresh('a'), { size: 'big' }), '?dryRun=All');
      expect(refused.code).toBe(403);
    });
    const refused = await post(namespace, aMap('a', { size: 'big' }));
    expect(told(refused)).toEqual([403, 'Forbidden', `configmaps "a" is forbidden: ${denied} too big`]);
    expect(refused.body['details']).toEqual({
      name: 'a',
      kind: 'configmaps',
      causes: [{ message: `${denied} too big` }],
    });
    expect((await post(namespace, aMap('b', { size: 'small' }))).code).toBe(201);
  });

  it('refuse as invalid without a reason, and say the expression without a message', async () => {
    const { namespace, denied } = await enforce({
      matchConstraints: rules(['configmaps'], ['CREATE']),
      validations: [{ expression: "!object.metadata.name.startsWith('no')" }],
    });
    await soon(async () =>
      expect(told(await post(namespace, aMap('no')))).toEqual([
        422,
        'Invalid',
        `configmaps "no" is forbidden: ${denied} failed expression: !object.metadata.name.startsWith('no')`,
      ]),
    );
  });

  it('speak by an expression, and fall back to the message when it fails', async () => {
    const { namespace, denied } = await enforce({
      matchConstraints: rules(['configmaps'], ['CREATE']),
      variables: [{ name: 'label', expression: "namespaceObject.metadata.labels['guarded']" }],
      validations: [
        {
          expression: "object.metadata.name != 'spoken'",
          reason: 'Forbidden',
          message: 'plain',
          messageExpression:
            "'no ' + object.metadata.name + ' in ' + variables.label + ' by ' + request.userInfo.username + ' in ' + request.namespace",
        },
        {
          expression: "object.metadata.name != 'silent'",
          reason: 'Forbidden',
          message: 'plain',
          messageExpression: "string(object.data['nope'])",
        },
      ],
    });
    const name = namespaceLabel(await server().admin.get(`${core}/namespaces/${namespace}`));
    await soon(async () =>
      expect((await post(namespace, aMap('spoken'))).body['message']).toBe(
        `configmaps "spoken" is forbidden: ${denied} no spoken in ${name} by admin in ${namespace}`,
      ),
    );
    expect((await post(namespace, aMap('silent', { a: 'b' }))).body['message']).toBe(
      `configmaps "silent" is forbidden: ${denied} plain`,
    );
  });

  it('are passed over by who their conditions leave out', async () => {
    const { namespace } = await enforce({
      matchConstraints: rules(['configmaps'], ['CREATE', 'UPDATE']),
      matchConditions: [{ name: 'not-the-masters', expression: "!('system:masters' in request.userInfo.groups)" }],
      validations: [{ expression: 'false', reason: 'Forbidden', message: 'nobody' }],
    });
    const { namespace: other } = await enforce({
      matchConstraints: rules(['configmaps'], ['CREATE', 'UPDATE']),
      validations: [{ expression: 'false', reason: 'Forbidden', message: 'nobody' }],
    });
    await soon(async () => expect((await post(other, aMap('a'))).code).toBe(403));
    expect((await post(namespace, aMap('a'))).code).toBe(201);
  });

  it('see /scale as a Scale, with the manager and without annotations', async () => {
    const { namespace, denied } = await enforce({
      matchConstraints: rules(['deployments/scale'], ['UPDATE'], 'apps'),
      variables: [
        {
          name: 'fm',
          expression:
            "has(request.options) && has(request.options.fieldManager) ? string(request.options.fieldManager) : ''",
        },
        {
          name: 'opid',
          expression:
            "object != null && has(object.metadata) && has(object.metadata.annotations) && 'till.dev/op-id' in object.metadata.annotations ? string(object.metadata.annotations['till.dev/op-id']) : ''",
        },
      ],
      validations: [
        { expression: "request.subResource == 'scale' && request.kind.kind == 'Scale'", message: 'not a scale' },
        { expression: "variables.opid == ''", message: 'annotated' },
        { expression: "variables.fm.startsWith('till-')", reason: 'Forbidden', message: 'by whom?' },
        {
          expression: 'object.spec.?replicas.orValue(0) >= oldObject.spec.?replicas.orValue(0)',
          reason: 'Forbidden',
          message: 'only up',
        },
      ],
    });
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    await server().admin.post(path, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        paused: true,
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
      },
    });
    const scale = (replicas: number, manager: string): Promise<Answer> =>
      server().admin.ask(`${path}/web/scale?fieldManager=${manager}`, {
        method: 'PATCH',
        headers: mergePatch,
        body: { metadata: { annotations: { 'till.dev/op-id': 'x' } }, spec: { replicas } },
      });
    await soon(async () =>
      expect(told(await scale(3, 'somebody'))).toEqual([
        403,
        'Forbidden',
        `deployments.apps "web" is forbidden: ${denied} by whom?`,
      ]),
    );
    expect((await scale(1, 'till-1')).body['message']).toContain('only up');
    const main = { method: 'PATCH', headers: mergePatch, body: { spec: { replicas: 1 } } } as const;
    expect((await server().admin.ask(`${path}/web`, main)).code).toBe(200);
    expect((await scale(3, 'till-1')).code).toBe(200);
  });

  it('see the object before and after, and what is gone', async () => {
    const { namespace } = await enforce({
      matchConstraints: rules(['configmaps'], ['UPDATE', 'DELETE']),
      variables: [{ name: 'either', expression: "request.operation == 'DELETE' ? oldObject : object" }],
      validations: [
        { expression: "variables.either.metadata.name != 'kept'", reason: 'Forbidden', message: 'kept' },
        {
          expression: "request.operation == 'DELETE' || object.data == oldObject.data",
          reason: 'Forbidden',
          message: 'the data stays',
        },
        { expression: "request.operation != 'DELETE' || object == null", message: 'there is an object' },
      ],
    });
    const path = `${core}/namespaces/${namespace}/configmaps`;
    await post(namespace, aMap('kept', { a: '1' }));
    await post(namespace, aMap('free', { a: '1' }));
    const patch = (name: string, body: object): Promise<Answer> =>
      server().admin.ask(`${path}/${name}`, { method: 'PATCH', headers: mergePatch, body });
    await soon(async () =>
      expect((await server().admin.ask(`${path}/kept?dryRun=All`, { method: 'DELETE' })).code).toBe(403),
    );
    expect((await patch('free', { data: { a: '2' } })).body['message']).toContain('the data stays');
    expect((await patch('free', { metadata: { labels: { a: 'b' } } })).code).toBe(200);
    expect((await server().admin.ask(`${path}/free`, { method: 'DELETE' })).code).toBe(200);
  });

  it('ask what somebody may do, by verbs that need no kind', async () => {
    const { namespace } = await enforce({
      matchConstraints: rules(['configmaps'], ['CREATE']),
      validations: [
        {
          expression:
            "authorizer.group('till.dev').resource('freezes').namespace(request.namespace).check('bypass').allowed()",
          reason: 'Forbidden',
          message: 'frozen',
        },
      ],
    });
    const role = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    await server().admin.post(`${role}/roles`, {
      apiVersion,
      kind: 'Role',
      metadata: { name: 'writer' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create'] }],
    });
    const subjects = [{ kind: 'User', name: 'viewer', apiGroup: 'rbac.authorization.k8s.io' }];
    await server().admin.post(`${role}/rolebindings`, {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name: 'writer' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'writer' },
      subjects,
    });
    const path = `${core}/namespaces/${namespace}/configmaps`;
    await soon(async () =>
      expect((await server().viewer.post(path, aMap(fresh('v')))).body['message']).toContain('frozen'),
    );
    expect((await post(namespace, aMap('master'))).code).toBe(201);
    await server().admin.post(`${role}/roles`, {
      apiVersion,
      kind: 'Role',
      metadata: { name: 'bypass' },
      rules: [{ apiGroups: ['till.dev'], resources: ['freezes'], verbs: ['bypass'] }],
    });
    await server().admin.post(`${role}/rolebindings`, {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name: 'bypass' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'bypass' },
      subjects,
    });
    await soon(async () => expect((await server().viewer.post(path, aMap(fresh('v')))).code).toBe(201));
  });

  it('fail closed when an expression fails, and open when they are told to', async () => {
    const spec = {
      matchConstraints: rules(['configmaps'], ['CREATE']),
      validations: [{ expression: "object.data['nope'] == 'x'" }],
    };
    const closed = await enforce(spec);
    const open = await enforce({ ...spec, failurePolicy: 'Ignore' });
    await soon(async () => {
      const { code, body } = await post(closed.namespace, aMap(fresh('c'), { a: 'b' }));
      expect(code).toBe(422);
      expect(body['message']).toContain(
        `${closed.denied} expression 'object.data['nope'] == 'x'' resulted in error: no such key: nope`,
      );
    });
    expect((await post(open.namespace, aMap('c', { a: 'b' }))).code).toBe(201);
  });

  it('warn, and let pass, where that is what they are bound to do', async () => {
    const { name, namespace } = await enforce(
      {
        matchConstraints: rules(['configmaps'], ['CREATE']),
        validations: [{ expression: 'false', message: 'be careful' }],
      },
      ['Warn'],
    );
    await soon(async () => {
      const { code, headers } = await post(namespace, aMap(fresh('w')));
      expect([code, headers['warning']]).toEqual([
        201,
        `299 - "Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${name}': be careful"`,
      ]);
    });
  });

  it('choose objects by labels, and names by name', async () => {
    const { namespace } = await enforce({
      matchConstraints: {
        objectSelector: { matchLabels: { guard: 'me' } },
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['*'] }],
        excludeResourceRules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            resources: ['configmaps'],
            operations: ['*'],
            resourceNames: ['exempt'],
          },
        ],
      },
      validations: [{ expression: 'false', reason: 'Forbidden', message: 'no' }],
    });
    const labels = { guard: 'me' };
    await soon(async () => expect((await post(namespace, aMap(fresh('l'), {}, { labels }))).code).toBe(403));
    expect((await post(namespace, aMap('plain'))).code).toBe(201);
    expect((await post(namespace, aMap('exempt', {}, { labels }))).code).toBe(201);
  });

  it('that do not compile are not taken: there is no clock, and an audit annotation is a string', async () => {
    const refused = async (spec: object): Promise<unknown> => {
      const { code, body } = await server().admin.post(`${admission}/validatingadmissionpolicies`, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: fresh('broken') },
        spec: { matchConstraints: rules(['configmaps'], ['CREATE']), ...spec },
      });
      return [code, each(body['details']?.['causes']).map((cause) => cause['field'])];
    };
    expect(await refused({ validations: [{ expression: 'now() > timestamp("2026-01-01T00:00:00Z")' }] })).toEqual([
      422,
      ['spec.validations[0].expression'],
    ]);
    expect(await refused({ validations: [{ expression: '1 + 1' }] })).toEqual([
      422,
      ['spec.validations[0].expression'],
    ]);
    expect(await refused({ auditAnnotations: [{ key: 'name', valueExpression: 'object.metadata.name' }] })).toEqual([
      422,
      ['spec.auditAnnotations[0].valueExpression'],
    ]);
  });
}

function namespaceLabel(namespace: Json): string {
  return String(namespace['metadata']?.['labels']?.['guarded']);
}
