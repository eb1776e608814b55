import { type LedgerEntry, whoOf } from '../entry.ts';
import type { Ledger } from '../ledger.ts';

/** An operation, as far as what was seen of it elsewhere must fit. */
export interface KnownOperation {
  readonly operation: string;
  readonly seq: number;
  readonly action: string;
  readonly who: string;
  readonly tenants: readonly string[];
  readonly from: number;
  /** Null while nobody has recorded its end. */
  readonly until: number | null;
  readonly status: string | null;
  /** Where its plan writes; `kubernetes:sandbox`. */
  readonly systems: readonly string[];
  /** Namespaces of the objects that its plan pinned; none where it pinned none. */
  readonly namespaces: readonly string[];
}

export interface KnownGrant {
  readonly grant: string;
  readonly subject: string;
  readonly from: number | null;
  /** How long it may last. */
  readonly seconds: number;
  /** When it was over, recorded or not. */
  readonly until: number | null;
  /** The latest instant at which something that was issued can work. */
  readonly residualUntil: number | null;
  readonly credentials: readonly { readonly id: string; readonly jti: string | null; readonly name: string }[];
}

export interface Known {
  readonly operations: ReadonlyMap<string, KnownOperation>;
  readonly grants: ReadonlyMap<string, KnownGrant>;
  /** Every name that systems know till's people by, as the policies said. */
  readonly identities: ReadonlySet<string>;
}

/** What the ledger knows that a system may have seen: a few words for each operation and grant. */
export async function knownIn(ledger: Pick<Ledger, 'entries'>): Promise<Known> {
  const operations = new Map<string, KnownOperation>();
  const grants = new Map<string, KnownGrant>();
  const identities = new Set<string>();
  for await (const entry of ledger.entries()) {
    switch (entry.kind) {
      case 'operation':
        takeOperation(entry, operations);
        break;
      case 'grant':
        takeGrant(entry, grants);
        break;
      case 'policy':
        takeNames(entry.params['body'], identities);
        break;
      default:
    }
  }
  return { operations, grants, identities };
}

function takeOperation(entry: LedgerEntry, operations: Map<string, KnownOperation>): void {
  const { operation, phase, at, seq, action, actor, target, plan, outcome } = entry;
  const known = operations.get(operation ?? '');
  if (phase === 'intent' && operation !== null) {
    const systems = (plan?.objects ?? []).map(({ system, cluster }) => `${system}:${cluster ?? ''}`);
    operations.set(operation, {
      ...{ operation, seq, action: action ?? '', who: whoOf(actor.asserted), tenants: target?.tenants ?? [] },
      ...{ from: Date.parse(at), until: null, status: null },
      namespaces: [...new Set((plan?.objects ?? []).flatMap(({ namespace }) => namespace ?? []))],
      systems: (plan?.changes.length ?? 0) === 0 ? [] : [...new Set(systems)],
    });
  } else if (known !== undefined && (phase === 'outcome' || phase === 'reconciled')) {
    operations.set(known.operation, { ...known, until: Date.parse(at), status: outcome?.status ?? null });
  }
}

const ends: ReadonlySet<string> = new Set(['end', 'expire', 'revoke', 'fail', 'deny', 'withdraw', 'lapse']);

interface Issued {
  readonly id: string;
  readonly jti: string | null;
  readonly name: string;
  readonly residualUntil: string | null;
}

function takeGrant({ grant, phase, params, at }: LedgerEntry, grants: Map<string, KnownGrant>): void {
  const time = Date.parse(at);
  if (phase === 'request' && grant !== null) {
    const [subject, seconds] = [String(params['subject']), Number(params['seconds'])];
    grants.set(grant, { grant, subject, seconds, from: null, until: null, residualUntil: null, credentials: [] });
    return;
  }
  const known = grants.get(grant ?? '');
  if (known === undefined) {
    return;
  }
  if (phase === 'activate') {
    grants.set(known.grant, { ...known, from: time, until: time + known.seconds * 1_000 });
  } else if (ends.has(phase)) {
    grants.set(known.grant, { ...known, until: Math.min(known.until ?? time, time) });
  } else if (phase === 'issue') {
    const issued = (Array.isArray(params['credentials']) ? params['credentials'] : []) as unknown as readonly Issued[];
    const residual = issued.flatMap(({ residualUntil }) => (residualUntil === null ? [] : [Date.parse(residualUntil)]));
    grants.set(known.grant, {
      ...known,
      credentials: [...known.credentials, ...issued.map(({ id, jti, name }) => ({ id, jti, name }))],
      residualUntil: Math.max(known.residualUntil ?? 0, ...residual) || null,
    });
  }
}

function takeNames(body: unknown, identities: Set<string>): void {
  const people = typeof body === 'object' && body !== null && 'people' in body ? body.people : [];
  for (const person of (Array.isArray(people) ? people : []) as readonly {
    readonly kubernetes?: readonly string[];
  }[]) {
    for (const name of person.kubernetes ?? []) {
      identities.add(name);
    }
  }
}
