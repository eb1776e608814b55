import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { vi } from 'vitest';
import { parse } from 'yaml';
import type { AgentOptions } from '#estate/enforcement/agent.ts';
import { agentManifests } from '#estate/enforcement/agent.ts';
import { type Manifest, usualEnforcement } from '#estate/enforcement/manifest.ts';
import { accessPolicies } from '#estate/enforcement/policies.ts';
import { accessRoles } from '#estate/enforcement/roles.ts';
import type { ApiServer } from './api-server.ts';
import { ApiClient, type Json } from './client.ts';

export const options: AgentOptions = { ...usualEnforcement, image: 'till:test', lease: 'till-agent' };

export const namespaces = ['maple-toys', 'cedar-home'] as const;

export function accessManifests(): readonly Manifest[] {
  return [...accessRoles(options), ...accessPolicies(options)];
}

/** kubectl as the administrator; throws what it said when it did not end well. */
export async function kubectl({ kubeconfigPath }: ApiServer, words: readonly string[], input = ''): Promise<string> {
  const { KUBEBUILDER_ASSETS: assets } = process.env;
  const binary = assets === undefined ? 'kubectl' : join(assets, 'kubectl');
  // In a process of its own, not waited for by blocking: the sandbox's API answers from this one.
  const child = spawn(binary, [`--kubeconfig=${kubeconfigPath}`, ...words]);
  const ended = once(child, 'close');
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await ended;
  if (child.exitCode !== 0) {
    throw new Error(`kubectl ${words.join(' ')}: ${stderr}`);
  }
  return `${stdout}${stderr}`;
}

export function applied(
  server: ApiServer,
  manifests: readonly Manifest[],
  ...words: readonly string[]
): Promise<string> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  return kubectl(server, ['apply', '--server-side', ...words, '-f', '-'], list);
}

/** Everything that till prints for an administrator is applied, and two tenants live there. */
export async function enforce(server: ApiServer): Promise<void> {
  await applied(server, agentManifests(options));
  await applied(server, accessManifests());
  for (const name of namespaces) {
    await server.admin.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await server.admin.post(`/apis/apps/v1/namespaces/${name}/deployments`, deployment);
  }
  // A policy takes effect a second or two after it was written (facts: kubernetes-verified.md §3).
  await vi.waitFor(
    async () => {
      const answer = await server.admin.post(`/api/v1/namespaces/${namespaces[0]}/serviceaccounts?dryRun=All`, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'till-g-probe' },
      });
      if (answer.code !== 403) {
        throw new Error(`the policies are not in force yet: ${answer.code}`);
      }
    },
    { timeout: 15_000, interval: 100 },
  );
}

/** A kubeconfig of a ServiceAccount, as the administrator can make one. */
export async function kubeconfigOf(
  server: ApiServer,
  namespace: string,
  account: string,
): Promise<{ readonly path: string; readonly client: ApiClient; remove(): Promise<void> }> {
  const answer = await server.admin.post(`/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3_600 },
  });
  const token = String(answer.body['status']?.['token']);
  const folder = mkdtempSync(join(tmpdir(), 'till-enforced-'));
  const path = join(folder, 'kubeconfig');
  const config = parse(readFileSync(server.kubeconfigPath, 'utf8')) as Record<string, unknown>;
  const users = [{ name: 'admin', user: { token } }];
  writeFileSync(path, JSON.stringify({ ...config, users }), { mode: 0o600 });
  const client = ApiClient.withToken(server.kubeconfigPath, token);
  return {
    path,
    client,
    remove: async () => {
      await client.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function said({ code, body }: { readonly code: number; readonly body: Json }): string {
  return `${code} ${code < 300 ? '' : String(body['message'])}`.trim();
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'odoo-web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'odoo' } },
    template: {
      metadata: { labels: { app: 'odoo' } },
      spec: { containers: [{ name: 'odoo', image: 'odoo:17' }] },
    },
  },
};
