import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#text/clock.ts';
import { folderOf } from '../estate/folder.ts';
import { deployment, type TestCluster, testCluster } from '../sandbox/kubernetes/cluster.ts';
import { till } from './till.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await testCluster({ seed: [deployment('web')] });
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** Nobody listens there. */
const nowhere = `apiVersion: v1
kind: Config
current-context: away
contexts: [{name: away, context: {cluster: away, user: away}}]
clusters: [{name: away, cluster: {server: 'https://127.0.0.1:1'}}]
users: [{name: away, user: {token: none}}]
`;

async function check(names: readonly string[], ...words: readonly string[]) {
  const folder = await folderOf({ 'away.yaml': nowhere });
  const { kubeconfigPath } = cluster.kubernetes;
  const contexts: Readonly<Record<string, string>> = {
    here: `{context: till-sandbox, kubeconfig: ${kubeconfigPath}}`,
    away: `{context: away, kubeconfig: ${join(folder, 'away.yaml')}}`,
  };
  const find = 'selector: app.kubernetes.io/name=odoo, nameFrom: app.kubernetes.io/component';
  const estate = [
    'apiVersion: till/v1\nid: 0b7e4c52-5a0e-4f5d-9c6b-2f1d8c9f7a10\nname: nordic',
    'clusters:',
    ...names.map((name) => `  ${name}: ${contexts[name]}`),
    'discover:',
    ...names.map((name) => `  - {cluster: ${name}, ${find}}`),
  ];
  await writeFile(join(folder, 'estate.yaml'), `${estate.join('\n')}\n`);
  const env = { XDG_STATE_HOME: folder, HOME: folder };
  return await till(['status', '--check', '--layer', 'platform', ...words], { folder, env, clock: systemClock });
}

describe('status --check', { timeout: 60_000 }, () => {
  it('passes when everybody who names tenants has answered, and nobody is critical', async () => {
    expect(await check(['here'])).toMatchObject({ exit: 0 });
  });

  it('does not pass while one that names tenants is silent, however well those are that are known', async () => {
    const checked = await check(['here', 'away'], '-o', 'json');
    expect(JSON.parse(checked.out)).toMatchObject({ kind: 'TenantStatusList', items: [] });
    expect(checked.exit).toBe(7);
    expect(checked.err).toContain('not every tenant is known');
    expect(checked.err).toContain('127.0.0.1:1 refuses the connection');
  });
});
