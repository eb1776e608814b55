import { type Act, grantOfAccount, operationIn } from './act.ts';

/** As far as it is asked: one event of audit.k8s.io/v1, at level Metadata (facts: kubernetes-verified.md §5). */
interface AuditEvent {
  readonly auditID?: string;
  readonly stage?: string;
  readonly requestURI?: string;
  readonly verb?: string;
  readonly user?: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly impersonatedUser?: { readonly username?: string };
  readonly sourceIPs?: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp?: string;
  readonly stageTimestamp?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type KubernetesLine =
  /** Not an event of the API server's audit log. */
  | { readonly is: 'unreadable' }
  /** An event; `act` where it tells of something done, or tried. */
  | { readonly is: 'event'; readonly at: number; readonly act: Act | null };

const writes: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
/** Requests that act though their verb may say `get` (exec by a WebSocket). */
const acting: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);
/** Questions that are asked by creating something that is kept nowhere. */
const questions: ReadonlySet<string> = new Set([
  ...['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews', 'subjectaccessreviews'],
  ...['localsubjectaccessreviews', 'tokenreviews'],
]);

/** Reads the log of one API server, a line at a time. A request comes in two stages: one that never ended is told at the end. */
export class KubernetesLog {
  readonly #begun = new Map<string, Act>();
  #line = 0;

  read(text: string): KubernetesLine {
    this.#line += 1;
    const event = eventIn(text);
    const at = Date.parse(event?.stageTimestamp ?? event?.requestReceivedTimestamp ?? '');
    if (event === null || !Number.isFinite(at)) {
      return { is: 'unreadable' };
    }
    return { is: 'event', at, act: this.#actIn(event, at) };
  }

  /** Acts whose answer is not in the log: nobody knows from it what came of them. */
  rest(): readonly Act[] {
    return [...this.#begun.values()];
  }

  #actIn(event: AuditEvent, at: number): Act | null {
    const kind = isAct(event) ? 'write' : accountOf(event) === null ? null : 'use';
    if (kind === null) {
      return null;
    }
    const begunAt = Date.parse(event.requestReceivedTimestamp ?? '') || at;
    const key = [event.auditID, event.verb, event.requestURI, event.requestReceivedTimestamp].join(' ');
    if (event.stage === 'RequestReceived') {
      this.#begun.set(key, actOf(event, kind, begunAt, 'unknown', this.#line));
      return null;
    }
    const code = event.responseStatus?.code ?? 0;
    const result = event.stage === 'Panic' ? 'unknown' : code >= 400 ? 'refused' : 'done';
    const isFirstAnswer = this.#begun.delete(key) || event.stage !== 'ResponseComplete' || !isLong(event);
    // A request that stays open is answered when it begins (ResponseStarted) and again when it ends.
    return isFirstAnswer ? actOf(event, kind, begunAt, result, this.#line) : null;
  }
}

function eventIn(text: string): AuditEvent | null {
  try {
    const event: unknown = JSON.parse(text);
    const isEvent = typeof event === 'object' && event !== null && 'auditID' in event && 'verb' in event;
    return isEvent ? (event as AuditEvent) : null;
  } catch {
    return null;
  }
}

function isLong({ objectRef }: AuditEvent): boolean {
  return acting.has(objectRef?.subresource ?? '');
}

function isAct({ verb = '', requestURI = '', objectRef }: AuditEvent): boolean {
  const { resource = '', subresource = '' } = objectRef ?? {};
  if (!(writes.has(verb) || acting.has(subresource)) || questions.has(resource)) {
    return false;
  }
  // A dry run changes nothing; one of a token issues a real one (facts: kubernetes-verified.md §0.5).
  return !/[?&]dryRun=All(?:&|$)/.test(requestURI) || subresource === 'token';
}

/** The grant whose account asked. */
function accountOf({ user, impersonatedUser }: AuditEvent): string | null {
  const username = impersonatedUser?.username ?? user?.username ?? '';
  const account = /^system:serviceaccount:[^:]+:(.+)$/.exec(username)?.[1];
  return account === undefined ? null : grantOfAccount(account);
}

function actOf(event: AuditEvent, kind: Act['kind'], at: number, result: Act['result'], line: number): Act {
  const { auditID, requestURI = '', user, impersonatedUser, sourceIPs, userAgent, annotations } = event;
  const manager = /[?&]fieldManager=till-([0-9A-Za-z]{26})(?:&|$)/.exec(requestURI)?.[1];
  const username = user?.username ?? '';
  const who = impersonatedUser?.username === undefined ? username : `${impersonatedUser.username} by ${username}`;
  return {
    ...{ system: 'kubernetes', kind, at, who, result, line },
    operation: operationIn(auditID) ?? operationIn(manager),
    grant: accountOf(event),
    credential: user?.extra?.['authentication.kubernetes.io/credential-id']?.[0] ?? null,
    issued: annotations?.['authentication.kubernetes.io/issued-credential-id'] ?? null,
    from: sourceIPs?.at(-1) ?? null,
    namespace: event.objectRef?.namespace ?? null,
    what: whatOf(event),
    claimsTill: manager !== undefined || /^till\//.test(userAgent ?? ''),
  };
}

function whatOf({ verb = '', requestURI = '', objectRef }: AuditEvent): string {
  if (objectRef?.resource === undefined) {
    return `${verb} ${requestURI.split('?')[0]}`;
  }
  const { resource, name, subresource, namespace } = objectRef;
  const path = [resource, name, subresource].filter((part) => part !== undefined && part !== '').join('/');
  return `${verb} ${path}${namespace === undefined || namespace === '' ? '' : ` in ${namespace}`}`;
}

/** The account that a token was asked for, by its name. */
export function mintedFor({ what }: Pick<Act, 'what'>): string | null {
  return /^create serviceaccounts\/(.+)\/token(?: in |$)/.exec(what)?.[1] ?? null;
}

/** Who leads among agents is no act on anybody's system, and has no operation. */
export function isElection({ what }: Pick<Act, 'what'>): boolean {
  return /^(?:create|update|patch) leases(?:\/till-[\w.-]*)? in /.test(what);
}
