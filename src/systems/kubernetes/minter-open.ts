import type { Clock } from '#text/clock.ts';
import type { Operation } from '../operation.ts';
import { WriteFailure } from '../write-failure.ts';
import { Connection } from './connection.ts';
import { ApiFailure } from './failure.ts';
import { object, objects, text, texts } from './foreign.ts';
import type { ClusterMinter, GrantObject, GrantPlace } from './minter.ts';
import { managerOf, writeFailure } from './open-writer.ts';
import { usualPace } from './pace.ts';

export interface ClusterMinterOptions {
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly clock: Clock;
  readonly env?: NodeJS.ProcessEnv;
}

const deadlineMs = 15_000;
const rbac = 'rbac.authorization.k8s.io';

const collections = {
  RoleBinding: { root: `/apis/${rbac}/v1`, plural: 'rolebindings' },
  ServiceAccount: { root: '/api/v1', plural: 'serviceaccounts' },
} as const;

function collection(kind: GrantObject['kind'], namespace: string): string {
  const { root, plural } = collections[kind];
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

interface Call {
  readonly what: string;
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body: object;
  readonly contentType?: string;
}

export function openClusterMinter(options: ClusterMinterOptions): ClusterMinter {
  const closing = new AbortController();
  const connection = new Connection(
    { path: options.kubeconfig, context: options.context, env: options.env ?? process.env },
    options.clock,
    usualPace,
    closing.signal,
  );

  /** The server's answer; null when it says that it is so already (`settled`). */
  const send = async (operation: Operation, call: Call, settled?: number): Promise<unknown> => {
    const stamp = call.method === 'DELETE' ? '' : `?fieldManager=${managerOf(operation)}`;
    try {
      return await connection.json({
        ...call,
        path: `${call.path}${stamp}`,
        deadlineMs,
        headers: { 'audit-id': operation.id },
      });
    } catch (error) {
      if (error instanceof ApiFailure && error.status === settled) {
        return null;
      }
      throw writeFailure(error);
    }
  };

  const make = async (operation: Operation, kind: GrantObject['kind'], place: GrantPlace, made: object) => {
    const path = collection(kind, place.namespace);
    const body = { apiVersion: kind === 'RoleBinding' ? `${rbac}/v1` : 'v1', kind, ...made };
    await send(operation, { what: `create a ${kind} in ${place.namespace}`, method: 'POST', path, body }, 409);
  };

  return {
    makeAccount: (operation, place) =>
      make(operation, 'ServiceAccount', place, {
        metadata: { name: place.account, labels: place.labels, annotations: place.annotations },
        // For the API alone: no pod runs as a grant.
        automountServiceAccountToken: false,
      }),
    bind: (operation, place, { name, role }) =>
      make(operation, 'RoleBinding', place, {
        metadata: { name, labels: place.labels, annotations: place.annotations },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'ServiceAccount', name: place.account, namespace: place.namespace }],
      }),
    async makeToken(operation, place, seconds) {
      const answer = await send(operation, {
        what: `make a token for ${place.account}`,
        method: 'POST',
        path: `${collection('ServiceAccount', place.namespace)}/${place.account}/token`,
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          metadata: { annotations: place.annotations },
          spec: { expirationSeconds: seconds },
        },
      });
      const { token, expirationTimestamp } = object(object(answer)['status']);
      if (typeof token !== 'string' || typeof expirationTimestamp !== 'string') {
        throw new WriteFailure('unknown', 'the API server answered without a token');
      }
      return { token, jti: jtiOf(token), expiresAt: new Date(expirationTimestamp).toISOString() };
    },
    async take(operation, { kind, namespace, name, uid }) {
      const path = `${collection(kind, namespace)}/${encodeURIComponent(name)}`;
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
      const call: Call = { what: `delete ${kind} ${namespace}/${name}`, method: 'DELETE', path, body };
      return (await send(operation, call, 404)) !== null;
    },
    async labelNamespace(operation, namespace, label, value) {
      await send(operation, {
        what: `label namespace ${namespace}`,
        method: 'PATCH',
        path: `/api/v1/namespaces/${encodeURIComponent(namespace)}`,
        contentType: 'application/merge-patch+json',
        body: { metadata: { labels: { [label]: value } } },
      });
    },
    async found(labels, namespace) {
      const lists = (['RoleBinding', 'ServiceAccount'] as const).map(async (kind) => {
        const { root, plural } = collections[kind];
        const where = namespace === undefined ? `${root}/${plural}` : collection(kind, namespace);
        const path = `${where}?labelSelector=${encodeURIComponent(selectorOf(labels))}`;
        const answer = object(await connection.json({ what: `list ${plural}`, path, deadlineMs }));
        return objects(answer['items']).map((item) => foundIn(kind, item));
      });
      return (await Promise.all(lists)).flat();
    },
    async mayMint(namespace) {
      const resourceAttributes = { namespace, verb: 'create', resource: 'serviceaccounts', subresource: 'token' };
      try {
        const answer = await connection.json({
          what: 'ask whether we may mint',
          method: 'POST',
          path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
          body: {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SelfSubjectAccessReview',
            spec: { resourceAttributes },
          },
          deadlineMs,
        });
        return object(object(answer)['status'])['allowed'] === true;
      } catch {
        return null;
      }
    },
    async namespacesWith(label) {
      const path = `/api/v1/namespaces?labelSelector=${encodeURIComponent(label)}`;
      const { items } = object(await connection.json({ what: 'list namespaces', path, deadlineMs }));
      return new Map(
        objects(items).map((item) => {
          const metadata = object(item['metadata']);
          return [text(metadata['name']), texts(metadata['labels'])[label] ?? ''];
        }),
      );
    },
    async close() {
      closing.abort();
      await connection.close();
    },
  };
}

/** A label without a value: any. */
function selectorOf(labels: Readonly<Record<string, string | null>>): string {
  return Object.entries(labels)
    .map(([name, value]) => (value === null ? name : `${name}=${value}`))
    .join(',');
}

function foundIn(kind: GrantObject['kind'], item: unknown): GrantObject {
  const metadata = object(object(item)['metadata']);
  return {
    kind,
    namespace: text(metadata['namespace']),
    name: text(metadata['name']),
    uid: text(metadata['uid']),
    labels: texts(metadata['labels']),
  };
}

/** The middle of a JWT says who it is for; that it is genuine is for the server to say. */
function jtiOf(token: string): string | null {
  try {
    const { jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { jti?: unknown };
    return typeof jti === 'string' ? jti : null;
  } catch {
    return null;
  }
}
