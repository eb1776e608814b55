import { expect, vi } from 'vitest';
import type { ApiServer } from './api-server.ts';
import { type Answer, ApiClient, type Json } from './client.ts';
import { fresh } from './objects.ts';

export const accounts = '/api/v1/namespaces/contract/serviceaccounts';
export const secrets = '/api/v1/namespaces/contract/secrets';
export const rbac = '/apis/rbac.authorization.k8s.io/v1';
export const roles = `${rbac}/namespaces/contract/roles`;
export const bindings = `${rbac}/namespaces/contract/rolebindings`;
export const selfReviews = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

const group = 'rbac.authorization.k8s.io';
const apiVersion = `${group}/v1`;

export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export function role(name: string, rules: readonly Rule[]): object {
  return { apiVersion, kind: 'Role', metadata: { name }, rules };
}

export function clusterRole(name: string, rules: readonly Rule[], labels: Record<string, string> = {}): object {
  return { apiVersion, kind: 'ClusterRole', metadata: { name, labels }, rules };
}

export function user(name: string): object {
  return { apiGroup: group, kind: 'User', name };
}

export function binding(
  name: string,
  roleRef: { readonly kind: string; readonly name: string },
  subject: object,
): object {
  return {
    apiVersion,
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: group, ...roleRef },
    subjects: [subject],
  };
}

export function clusterBinding(name: string, roleName: string, subject: object): object {
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: roleName },
    subjects: [subject],
  };
}

/** A ServiceAccount of its own for a test; returns its name. */
export async function makeAccount({ admin }: ApiServer): Promise<string> {
  const name = fresh('account');
  const answer = await admin.post(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
  expect(answer.code).toBe(201);
  return name;
}

export async function makeGrant({ admin }: ApiServer): Promise<{ readonly name: string; readonly uid: string }> {
  const name = fresh('grant');
  const { body } = await admin.post(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    type: 'till.dev/grant',
  });
  return { name, uid: text(body['metadata']?.['uid']) };
}

export function requestToken(
  { admin }: ApiServer,
  account: string,
  spec: object = {},
  { query = '', metadata = {} }: { readonly query?: string; readonly metadata?: object } = {},
): Promise<Answer> {
  return admin.post(`${accounts}/${account}/token${query}`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata,
    spec,
  });
}

/** Asks with a token for as long as `run` takes. */
export async function withToken<Result>(
  { kubeconfigPath }: ApiServer,
  token: string,
  run: (client: ApiClient) => Promise<Result>,
): Promise<Result> {
  const client = ApiClient.withToken(kubeconfigPath, token);
  try {
    return await run(client);
  } finally {
    await client.close();
  }
}

export function whoAmI(client: ApiClient, headers: Record<string, string> = {}): Promise<Answer> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  return client.ask(selfReviews, { method: 'POST', body, headers });
}

/** Gives rights to somebody in the contract's namespace, and waits until the server has heard of them. */
export async function grant({ admin }: ApiServer, subject: object, rules: readonly Rule[]): Promise<string> {
  const name = fresh('rights');
  expect((await admin.post(roles, role(name, rules))).code).toBe(201);
  expect((await admin.post(bindings, binding(name, { kind: 'Role', name }, subject))).code).toBe(201);
  return name;
}

export function told({ code, body }: Answer): readonly unknown[] {
  return [code, body['reason'], body['message']];
}

export function text(json: Json | undefined): string {
  return String(json);
}

/** A real server's authorizer hears of a change a moment after it is written. */
export async function eventually(check: () => Promise<void>, timeout = 5_000): Promise<void> {
  await vi.waitFor(check, { timeout, interval: 50 });
}
