import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#text/clock.ts';
import type { AuditLog } from '../access/audit-log.ts';
import { AuditRecord, isLongRunning } from '../access/audit-record.ts';
import type { Authenticator, Identity } from '../access/identity.ts';
import { impersonated } from '../access/impersonation.ts';
import type { Attributes, Authorizer } from '../access/rbac.ts';
import type { ServiceAccountTokens } from '../access/service-accounts.ts';
import type { Admission } from '../admission/admission.ts';
import type { Store } from '../store/store.ts';
import type { StoredObject, Timers } from '../types.ts';
import { sendJson, sendText } from './answer.ts';
import type { LogSource } from './log.ts';
import { serveMeta } from './meta.ts';
import { serveResource } from './resource.ts';
import { forbidden, forbiddenPath, Refusal } from './status.ts';
import { type Target, targetOf, verbOf } from './target.ts';
import type { Admit } from './write.ts';

/** What the API stands on. */
export interface Api {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly authenticator: Authenticator;
  readonly accounts: ServiceAccountTokens;
  readonly authorizer: Authorizer;
  readonly audit: AuditLog;
  readonly admit: Admit;
  readonly admission: Admission;
  readonly log: LogSource;
  /** Deletes, as the cluster does: with a grace period where a kind has one. */
  readonly remove: (object: StoredObject) => StoredObject;
  /** Before it is removed: what it owns stays. */
  readonly orphan: (object: StoredObject) => void;
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
  /** Whoever is meant: the sender, or somebody the sender may be. */
  readonly who: Identity;
  readonly audit: AuditRecord;
}

/** One request: who asks, may they, and then the answer. The order is the real server's: nobody learns what exists before 403. */
export async function serve(api: Api, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = String(request.headers['audit-id'] ?? randomUUID());
  response.setHeader('audit-id', id);
  response.setHeader('cache-control', 'no-cache, private');
  response.on('error', () => response.destroy());
  const url = URL.parse(`https://kubernetes${request.url ?? '/'}`);
  if (url === null) {
    sendText(response, 400, '400 Bad Request');
    return;
  }
  const method = request.method ?? 'GET';
  const target = targetOf(url.pathname);
  const asked = askedOf(method, url, target);
  const audit = new AuditRecord(api.audit, api.clock, { request, response }, { id, verb: asked.verb, target });
  try {
    const sender = senderOf(api, request, audit);
    audit.received(sender, isLongRunning(target, url.searchParams));
    const other = impersonated(api.authorizer, sender, request, asked);
    if (other !== undefined) {
      audit.impersonates(other.who, other.constraint);
    }
    const who = other?.who ?? sender;
    const allowing = api.authorizer.allowing(who, asked);
    audit.decided(allowing?.source);
    if (allowing === undefined) {
      throw refusalOf(who, asked);
    }
    const call = { request, response, method, path: url.pathname, query: url.searchParams, who, audit };
    await (target === undefined ? serveMeta(api, call) : serveResource(api, call, target, asked.verb));
  } catch (error) {
    await refuse(response, error, audit);
  }
}

function askedOf(method: string, { pathname, searchParams }: URL, target: Target | undefined): Attributes {
  return target === undefined
    ? { verb: method === 'HEAD' ? 'get' : method.toLowerCase(), path: pathname }
    : { verb: verbOf(method, target, searchParams), ...target };
}

function senderOf({ authenticator }: Api, request: IncomingMessage, audit: AuditRecord): Identity {
  try {
    return authenticator.identify(request);
  } catch (error) {
    if (error instanceof Refusal) {
      audit.unauthorized(error.status);
    }
    throw error;
  }
}

function refusalOf({ name }: Identity, asked: Attributes): Refusal {
  return 'path' in asked ? forbiddenPath(name, asked.verb, asked.path) : forbidden({ user: name, ...asked });
}

async function refuse(response: ServerResponse, error: unknown, audit: AuditRecord): Promise<void> {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const refusal =
    error instanceof Refusal ? error : new Refusal(500, 'InternalError', `Internal error occurred: ${String(error)}`);
  audit.answered(refusal.status);
  await sendJson(response, refusal.code, refusal.status);
}
