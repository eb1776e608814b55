import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#text/clock.ts';
import { userInfoOf } from '../api/reviews.ts';
import type { Status } from '../api/status.ts';
import { isOn, type Target } from '../api/target.ts';
import type { AuditLog } from './audit-log.ts';
import type { Identity } from './identity.ts';

interface Asked {
  readonly id: string;
  readonly verb: string;
  readonly target: Target | undefined;
}

/** What one request leaves in the audit log, at level Metadata (facts: kubernetes-verified.md §5). */
export class AuditRecord {
  readonly #log: AuditLog;
  readonly #clock: Clock;
  readonly #head: object;
  readonly #tail: object;
  readonly #received: string;
  readonly #annotations = new Map<string, string>();
  readonly #response: ServerResponse;
  #user: object = {};
  #impersonated: object = {};
  #objectRef: Readonly<Record<string, string | undefined>> | undefined;
  #status: object = {};

  constructor(log: AuditLog, clock: Clock, { request, response }: Exchange, { id, verb, target }: Asked) {
    this.#log = log;
    this.#clock = clock;
    this.#response = response;
    this.#received = this.#now();
    this.#head = { kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', auditID: id };
    this.#tail = { requestURI: request.url ?? '/', verb };
    this.#objectRef = target && refOf(target);
    this.#sender = {
      // The server listens on this machine alone.
      sourceIPs: ['127.0.0.1'],
      ...(request.headers['user-agent'] === undefined ? {} : { userAgent: request.headers['user-agent'] }),
    };
  }

  readonly #sender: object;

  /** Somebody is known by their credentials: the request is received. Events of later stages follow by themselves. */
  received(who: Identity, isLong: boolean): void {
    this.#user = userInfoOf(who);
    this.#write('RequestReceived');
    if (isLong) {
      this.#onHead(() => this.#write('ResponseStarted', this.#answer()));
    }
    this.#response.once('close', () => this.#write('ResponseComplete', this.#answer()));
  }

  /** Nobody knows who it was: one event, and no trace of the credentials. */
  unauthorized(status: Status): void {
    this.answered(status);
    this.#write('ResponseStarted', { responseStatus: { ...this.#status, code: 401 } });
  }

  impersonates(who: Identity, constraint: string | undefined): void {
    this.#impersonated = {
      impersonatedUser: userInfoOf(who),
      ...(constraint === undefined ? {} : { authenticationMetadata: { impersonationConstraint: constraint } }),
    };
  }

  decided(reason: string | undefined): void {
    this.annotate('authorization.k8s.io/decision', reason === undefined ? 'forbid' : 'allow');
    this.annotate('authorization.k8s.io/reason', reason ?? '');
  }

  annotate(key: string, value: string): void {
    this.#annotations.set(key, value);
  }

  /** The object that came with the request says more than the path: its name when it is created, its uid and version. */
  sees(object: Readonly<Record<string, unknown>>): void {
    const { name, namespace, uid, resourceVersion } = (object['metadata'] ?? {}) as Readonly<Record<string, string>>;
    const known = Object.entries(this.#objectRef ?? {}).filter(([, value]) => value !== undefined);
    this.#objectRef =
      this.#objectRef && ordered({ name, namespace, uid, resourceVersion, ...Object.fromEntries(known) });
  }

  answered({ kind: _, apiVersion: __, ...status }: Status): void {
    this.#status = status;
  }

  #answer(): object {
    const { code: _, ...status } = { metadata: {}, ...this.#status } as { readonly code?: number };
    return { responseStatus: { ...status, code: this.#response.statusCode } };
  }

  #write(stage: string, answer: object = {}): void {
    const isFirst = stage === 'RequestReceived';
    this.#log.append({
      ...this.#head,
      stage,
      ...this.#tail,
      user: this.#user,
      ...this.#impersonated,
      ...this.#sender,
      ...(this.#objectRef === undefined ? {} : { objectRef: this.#objectRef }),
      ...answer,
      requestReceivedTimestamp: this.#received,
      stageTimestamp: isFirst ? this.#received : this.#now(),
      ...(this.#annotations.size === 0 ? {} : { annotations: Object.fromEntries([...this.#annotations].sort()) }),
    });
  }

  #onHead(tell: () => void): void {
    const response = this.#response;
    const writeHead = response.writeHead.bind(response) as (...all: unknown[]) => ServerResponse;
    response.writeHead = (...all: unknown[]) => {
      const written = writeHead(...all);
      tell();
      return written;
    };
  }

  /** With microseconds, as the server's own; the clock knows milliseconds. */
  #now(): string {
    return new Date(this.#clock.now()).toISOString().replace('Z', '000Z');
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Requests that may stay open: their beginning is an event of its own. */
export function isLongRunning(target: Target | undefined, query: URLSearchParams): boolean {
  return target !== undefined && (isOn(query.get('watch')) || longSubresources.has(target.subresource ?? ''));
}

const longSubresources: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

function refOf({ resource, namespace, name, group, version, subresource }: Target): Record<string, string | undefined> {
  return ordered({
    resource,
    namespace,
    name,
    apiGroup: group === '' ? undefined : group,
    apiVersion: version,
    subresource,
  });
}

const order = ['resource', 'namespace', 'name', 'uid', 'apiGroup', 'apiVersion', 'resourceVersion', 'subresource'];

function ordered(ref: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(order.flatMap((field) => (ref[field] === undefined ? [] : [[field, ref[field]]])));
}
