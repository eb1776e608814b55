import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#text/clock.ts';
import type { Authenticator, Identity } from '../access/identity.ts';
import type { Authorizer } from '../access/rbac.ts';
import type { ServiceAccountTokens } from '../access/service-accounts.ts';
import type { Admission } from '../admission/admission.ts';
import type { Store } from '../store/store.ts';
import type { StoredObject, Timers } from '../types.ts';
import { sendJson } from './answer.ts';
import type { LogSource } from './log.ts';
import { serveMeta } from './meta.ts';
import { serveResource } from './resource.ts';
import { forbidden, forbiddenPath, Refusal } from './status.ts';
import { targetOf, verbOf } from './target.ts';
import type { Admit } from './write.ts';

/** What the API stands on. */
export interface Api {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly authenticator: Authenticator;
  readonly accounts: ServiceAccountTokens;
  readonly authorizer: Authorizer;
  readonly admit: Admit;
  readonly admission: Admission;
  readonly log: LogSource;
  /** Deletes, as the cluster does: with a grace period where a kind has one. */
  readonly remove: (object: StoredObject) => StoredObject;
  /** `127.0.0.1:6443` */
  readonly address: () => string;
  /** What `--service-account-max-token-expiration` is to a real server: longer tokens are cut down to it. */
  readonly maxTokenSeconds?: number;
}

export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly who: Identity;
}

/** One request: who asks, may they, and then the answer. The order is the real server's: nobody learns what exists before 403. */
export async function serve(api: Api, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('audit-id', request.headers['audit-id'] ?? randomUUID());
  response.setHeader('cache-control', 'no-cache, private');
  response.on('error', () => response.destroy());
  try {
    const url = new URL(`https://kubernetes${request.url ?? '/'}`);
    const method = request.method ?? 'GET';
    const who = api.authenticator.identify(request);
    const call = { request, response, method, path: url.pathname, query: url.searchParams, who };
    const target = targetOf(url.pathname);
    if (target === undefined) {
      const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
      if (api.authorizer.allowing(who, { verb, path: url.pathname }) === undefined) {
        throw forbiddenPath(who.name, verb, url.pathname);
      }
      await serveMeta(api, call);
      return;
    }
    const verb = verbOf(method, target, url.searchParams);
    if (api.authorizer.allowing(who, { verb, ...target }) === undefined) {
      throw forbidden({ user: who.name, verb, ...target });
    }
    await serveResource(api, call, target, verb);
  } catch (error) {
    await refuse(response, error);
  }
}

async function refuse(response: ServerResponse, error: unknown): Promise<void> {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const refusal =
    error instanceof Refusal ? error : new Refusal(500, 'InternalError', `Internal error occurred: ${String(error)}`);
  await sendJson(response, refusal.code, refusal.status);
}
