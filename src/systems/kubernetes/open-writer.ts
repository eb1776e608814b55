import type { Clock } from '#text/clock.ts';
import type { Operation } from '../operation.ts';
import { ReadFailure } from '../source.ts';
import { WriteFailure } from '../write-failure.ts';
import { Connection } from './connection.ts';
import { ApiFailure } from './failure.ts';
import { object, text } from './foreign.ts';
import { usualPace } from './pace.ts';
import type { ClusterWriter, DryRunner, ObjectPath, Written } from './writer.ts';

export interface ClusterWriterOptions {
  readonly name: string;
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly clock: Clock;
  readonly env?: NodeJS.ProcessEnv;
  /** A grant's tokens by namespace: what is written there is written with its token, and elsewhere nothing. */
  readonly tokens?: ReadonlyMap<string, string>;
}

const deadlineMs = 15_000;
const merge = 'application/merge-patch+json';

interface Call {
  readonly what: string;
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body: object;
  readonly contentType?: string;
}

/** Errors of the network that happen before a byte of the request has gone out. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'unauthenticated',
]);

export function openClusterWriter(options: ClusterWriterOptions): ClusterWriter & DryRunner {
  const closing = new AbortController();
  const env = options.env ?? process.env;
  const { kubeconfig: path, context, tokens } = options;
  const connect = (token?: string) =>
    new Connection({ path, context, env, token }, options.clock, usualPace, closing.signal);
  const everyday = connect();
  const granted = new Map<string, Connection>();
  /** Asked for each write: one that the grant does not reach is refused here, as the server would. */
  const connectionFor = (path: string): Connection => {
    if (tokens === undefined) {
      return everyday;
    }
    const namespace = /\/namespaces\/([^/?]+)/.exec(path)?.[1] ?? '';
    const token = tokens.get(namespace);
    if (token === undefined) {
      throw new WriteFailure(
        'refused',
        `the grant has no credential for namespace ${namespace || '(none)'}`,
        'no-credential',
      );
    }
    const connection = granted.get(namespace) ?? connect(token);
    granted.set(namespace, connection);
    return connection;
  };

  const send = async (operation: Operation, { what, method, path, body, contentType }: Call): Promise<Written> => {
    const query = method === 'DELETE' ? '' : `?fieldManager=${managerOf(operation)}`;
    const connection = connectionFor(path);
    try {
      const answer = await connection.json({
        what,
        method,
        path: `${path}${query}`,
        body,
        deadlineMs,
        headers: { 'audit-id': operation.id },
        ...(contentType === undefined ? {} : { contentType }),
      });
      return writtenIn(answer);
    } catch (error) {
      throw writeFailure(error);
    }
  };

  return {
    mergePatch: (operation, target, patch) =>
      send(operation, {
        what: `patch ${target.path}`,
        method: 'PATCH',
        path: target.path,
        contentType: merge,
        body: withPreconditions(patch, target),
      }),
    replaceTemplate: (operation, target, template, changeCause) =>
      send(operation, {
        what: `patch ${target.path}`,
        method: 'PATCH',
        path: target.path,
        contentType: 'application/json-patch+json',
        // A JSON Patch carries its preconditions as tests; a failed one is 422 (facts: kubernetes-verified.md §7).
        body: [
          { op: 'test', path: '/metadata/uid', value: target.uid },
          { op: 'replace', path: '/metadata/resourceVersion', value: target.resourceVersion },
          { op: 'replace', path: '/spec/template', value: template },
          { op: 'add', path: '/metadata/annotations/kubernetes.io~1change-cause', value: changeCause },
        ],
      }),
    create: (operation, collectionPath, created) =>
      send(operation, { what: `create in ${collectionPath}`, method: 'POST', path: collectionPath, body: created }),
    async remove(operation, target, propagationPolicy) {
      const preconditions = { uid: target.uid, resourceVersion: target.resourceVersion };
      const body = {
        ...{ apiVersion: 'v1', kind: 'DeleteOptions', preconditions },
        ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
      };
      await send(operation, { what: `delete ${target.path}`, method: 'DELETE', path: target.path, body });
    },
    async dryRun(method, path, body, contentType = merge) {
      try {
        await everyday.json({
          what: `dry-run ${path}`,
          method,
          path: `${path}?dryRun=All&fieldManager=till`,
          body: body ?? { apiVersion: 'v1', kind: 'DeleteOptions' },
          deadlineMs,
          contentType,
        });
        return { answer: 'ok', message: null };
      } catch (error) {
        if (error instanceof ApiFailure) {
          const isUnasked = error.status === 403 && !error.isAdmission;
          return { answer: isUnasked ? 'forbidden' : 'refused', message: error.message };
        }
        throw error;
      }
    },
  };
}

/** The stamp that `/scale` keeps, and that admission policies may ask for (facts: kubernetes-verified.md §4). */
export function managerOf({ id }: Pick<Operation, 'id'>): string {
  return `till-${id}`;
}

function withPreconditions(patch: object, { uid, resourceVersion }: ObjectPath): object {
  const metadata = 'metadata' in patch && typeof patch.metadata === 'object' ? patch.metadata : {};
  return { ...patch, metadata: { ...metadata, uid, resourceVersion } };
}

function writtenIn(answer: unknown): Written {
  const metadata = object(object(answer)['metadata']);
  return {
    uid: text(metadata['uid'], 100),
    resourceVersion: text(metadata['resourceVersion'], 100),
    generation: typeof metadata['generation'] === 'number' ? metadata['generation'] : null,
  };
}

/** 409, and 422 about `metadata.uid` or a failed test, mean "changed under you" (facts: kubernetes-verified.md §7). */
export function writeFailure(error: unknown): WriteFailure {
  if (error instanceof ApiFailure) {
    const moved =
      error.status === 409 || error.status === 404 || (error.status === 422 && isPrecondition(error.message));
    return new WriteFailure(error.status >= 500 ? 'unknown' : 'refused', error.message, error.code, moved);
  }
  if (error instanceof ReadFailure) {
    const isCertain = error.code !== null && beforeSending.has(error.code);
    return new WriteFailure(isCertain ? 'refused' : 'unknown', error.message, error.code);
  }
  return new WriteFailure('unknown', error instanceof Error ? error.message : String(error));
}

function isPrecondition(message: string): boolean {
  return (
    message.includes('metadata.uid') ||
    message.includes('due to an error in our request') ||
    message.includes('due to an error in your request')
  );
}
