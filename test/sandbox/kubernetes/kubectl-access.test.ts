import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestCluster, testCluster } from './cluster.ts';

const run = promisify(execFile);
const newest = join(process.env['KUBEBUILDER_ASSETS'] ?? '', 'kubectl');

/** What an administrator types about access: with the kubectl of the machine, and with the newest where there is one. */
describe.each(['kubectl', ...(existsSync(newest) ? [newest] : [])])('%s', (binary) => {
  let cluster: TestCluster;
  const namespace = 'maple-toys';

  beforeAll(async () => {
    cluster = await testCluster({
      seed: [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'operator', namespace } }],
    });
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  const kubectl = async (...words: readonly string[]): Promise<string> => {
    const env = { ...process.env, HOME: join(cluster.folder, 'home'), KUBECONFIG: cluster.kubernetes.kubeconfigPath };
    const { stdout } = await run(binary, ['-n', namespace, ...words], { env, timeout: 20_000 });
    return stdout.trim();
  };
  const admin = (...words: readonly string[]): Promise<string> => kubectl('--context=till-sandbox-admin', ...words);
  const refused = async (...words: readonly string[]): Promise<string> => {
    const { stderr } = await kubectl(...words).then(
      (text) => ({ stderr: `it was not refused: ${text}` }),
      (error: { readonly stderr: string }) => error,
    );
    return stderr.trim();
  };
  /** Without the client certificate that a kubeconfig brings, which would win. */
  const bearing = (token: string): readonly string[] => [
    '--kubeconfig=/dev/null',
    `--server=${cluster.kubernetes.url}`,
    `--certificate-authority=${cluster.kubernetes.caPath}`,
    `--token=${token}`,
  ];

  it('gives somebody an identity, rights and a token, and takes the rights back', async () => {
    expect(await admin('create', 'serviceaccount', 'grant-1')).toBe('serviceaccount/grant-1 created');
    expect(await admin('create', 'role', 'look', '--verb=get,list', '--resource=pods,deployments.apps/scale')).toBe(
      'role.rbac.authorization.k8s.io/look created',
    );
    const subject = `--serviceaccount=${namespace}:grant-1`;
    expect(await admin('create', 'rolebinding', 'grant-1', '--role=look', subject)).toBe(
      'rolebinding.rbac.authorization.k8s.io/grant-1 created',
    );
    const token = await admin('create', 'token', 'grant-1', '--duration=10m');
    const name = `system:serviceaccount:${namespace}:grant-1`;
    expect(await kubectl(...bearing(token), 'auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe(name);
    expect(await kubectl(...bearing(token), 'get', 'pods', '-o', 'name')).toBe('');
    expect(await kubectl(...bearing(token), 'auth', 'can-i', '--list')).toMatch(
      /deployments\.apps\/scale +\[\] +\[\] +\[get list\]/,
    );
    expect(await admin('delete', 'rolebinding', 'grant-1')).toMatch(/^rolebinding.* "grant-1" deleted/);
    expect(await refused(...bearing(token), 'get', 'pods')).toBe(
      `Error from server (Forbidden): pods is forbidden: User "${name}" cannot list resource "pods" in API group "" in the namespace "${namespace}"`,
    );
  });

  it('binds a token to a Secret, and is told what cannot be', async () => {
    await admin('create', 'secret', 'generic', 'grant-2');
    const bound = ['--bound-object-kind=Secret', '--bound-object-name=grant-2'];
    const token = await admin('create', 'token', 'operator', ...bound);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims['kubernetes.io'].secret.name).toBe('grant-2');
    expect(await refused('--context=till-sandbox-admin', 'create', 'token', 'operator', '--duration=1m')).toContain(
      'may not specify a duration less than 10 minutes',
    );
  });

  it('acts as somebody else, and asks what they may', async () => {
    await admin('create', 'clusterrole', 'nodes', '--verb=list', '--resource=nodes');
    await admin('create', 'clusterrolebinding', 'nodes', '--clusterrole=nodes', '--group=oncall');
    expect(await admin('--as=bob', '--as-group=oncall', 'get', 'nodes', '-o', 'name')).toContain('node/node-1');
    expect(await refused('--context=till-sandbox-admin', '--as=bob', 'get', 'nodes')).toContain(
      'User "bob" cannot list resource "nodes" in API group "" at the cluster scope',
    );
    expect(await admin('auth', 'can-i', 'list', 'nodes', '--as=bob', '--as-group=oncall')).toContain('yes');
    expect(await refused('--as=bob', 'get', 'pods')).toMatch(/User "till-reader" cannot impersonate/);
  });

  it('the reader gives nobody anything', async () => {
    expect(await refused('create', 'rolebinding', 'more', '--clusterrole=admin', '--user=till-reader')).toContain(
      'User "till-reader" cannot create resource "rolebindings" in API group "rbac.authorization.k8s.io"',
    );
    expect(await refused('create', 'token', 'operator')).toContain(
      'cannot create resource "serviceaccounts/token" in API group ""',
    );
  });
});
