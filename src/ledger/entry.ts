import * as v from 'valibot';
import { isJson, type Json, type JsonObject } from './canonical.ts';
import { ulidPattern } from './ulid.ts';

/**
 * The parts that entries are made of, and how much of each is let in. An unknown field is refused: what is in a ledger
 * cannot be taken out again (design §5).
 */

/** Free text is bounded; an entry as a whole is, too. */
export const limits = {
  name: 256,
  reason: 1_000,
  ticket: 128,
  note: 4_000,
  message: 2_000,
  text: 4_096,
  entry: 65_536,
};

export const text = (most: number) => v.pipe(v.string(), v.maxLength(most, `at most ${most} characters`));
const someText = (most: number) => v.pipe(text(most), v.minLength(1, 'not empty'));
const name = someText(limits.name);
const names = v.pipe(v.array(name), v.maxLength(5_000));
const nullable = <S extends v.GenericSchema>(schema: S) => v.optional(v.nullable(schema), null);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const ulid = v.pipe(v.string(), v.regex(ulidPattern, 'a ULID'));
/** RFC 3339 in UTC, with or without milliseconds. */
const utc = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/, 'an instant in UTC'));

const json = v.custom<Json>(isJson, 'JSON with whole numbers; a fraction is written as a string');
export const jsonObject = v.custom<JsonObject>(
  (value) => isJson(value) && typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object',
);

/** What is acted on. `tenants` are all that feel it: one for a dedicated tenant, every one of a pool. */
export const targetSchema = v.strictObject({
  tenants: v.optional(names, []),
  environment: nullable(name),
  tier: nullable(name),
  cluster: nullable(name),
  namespace: nullable(name),
  system: nullable(name),
  kind: nullable(name),
  name: nullable(name),
  uid: nullable(name),
  version: nullable(name),
});

/** What the plan said, as far as reconciliation and undo need it after a crash. */
export const planSchema = v.strictObject({
  digest: name,
  danger: v.picklist(['mild', 'moderate', 'severe']),
  mode: nullable(name),
  objects: v.optional(
    v.array(
      v.strictObject({
        system: name,
        cluster: nullable(name),
        tenant: nullable(name),
        kind: name,
        namespace: nullable(name),
        name,
        uid: nullable(name),
        version: nullable(name),
      }),
    ),
    [],
  ),
  changes: v.optional(
    v.array(
      v.strictObject({
        object: name,
        field: someText(limits.text),
        before: json,
        after: json,
        owner: nullable(name),
      }),
    ),
    [],
  ),
  undo: json,
  health: json,
  expectedSeconds: nullable(count),
});

/** How an operation ends. The last three are what is found out about one whose process was gone. */
const statuses = ['ok', 'failed', 'unknown', 'refused', 'applied', 'absent', 'indeterminate'] as const;
export type OutcomeStatus = (typeof statuses)[number];

const outcomeOf = <const S extends readonly OutcomeStatus[]>(own: S) =>
  v.strictObject({
    status: v.picklist(own),
    message: nullable(text(limits.message)),
    /** One machine word: why it was refused, failed or is unknown. */
    reason: nullable(name),
    /** Refusals: who or what refuses, until when, and the way out. */
    by: nullable(name),
    until: nullable(utc),
    wayOut: nullable(text(limits.message)),
    targets: v.optional(
      v.array(
        v.strictObject({
          tenant: nullable(name),
          status: v.picklist(statuses),
          message: nullable(text(limits.message)),
          before: json,
          after: json,
          health: nullable(name),
        }),
      ),
      [],
    ),
    /** What was seen on the target: an Audit-ID, a resourceVersion. */
    evidence: v.optional(jsonObject, {}),
    startedAt: nullable(utc),
    endedAt: nullable(utc),
  });

export const outcomes = {
  /** By the process that ran it, which may know that it wrote nothing. */
  ended: outcomeOf(statuses),
  refused: outcomeOf(['refused']),
  /** By somebody else. That nothing reached the target is only said with proof (design §4). */
  reconciled: v.pipe(
    outcomeOf(['applied', 'absent', 'indeterminate']),
    v.check(
      ({ status, message, evidence }) => status !== 'absent' || message !== null || Object.keys(evidence).length > 0,
      '`absent` needs its proof: what was looked at, and what it showed',
    ),
  ),
};

/** Which tenants a freeze covers: all that match every list that is not empty. */
export const scopeSchema = v.strictObject({
  tenants: v.optional(names, []),
  tiers: v.optional(names, []),
  environments: v.optional(names, []),
  clusters: v.optional(names, []),
  retailers: v.optional(names, []),
});

export const freezeSchema = v.strictObject({
  freeze: ulid,
  name,
  from: utc,
  until: utc,
  timezone: name,
  scope: v.optional(scopeSchema, {}),
  /** Actions that stay allowed. */
  allows: v.optional(names, []),
});

export const severitySchema = v.picklist(['SEV1', 'SEV2', 'SEV3']);

export const parts = { name, names, nullable, count, utc, someText };

export type Target = v.InferOutput<typeof targetSchema>;
export type RecordedPlan = v.InferOutput<typeof planSchema>;
export type RecordedOutcome = v.InferOutput<typeof outcomes.ended>;
export type Freeze = v.InferOutput<typeof freezeSchema>;
export type Severity = v.InferOutput<typeof severitySchema>;

/** What the person's side says of itself; nobody has checked it (facts: access-audit.md §2.3). */
export interface Claimed {
  /** `till/0.1.0`. */
  readonly app: string | null;
  readonly person: string | null;
  readonly tty: string | null;
  /** Where an ssh session says that it comes from. */
  readonly from: string | null;
  /** The same for everything that one console or command did. */
  readonly session: string | null;
}

/** The operating system's word on who runs this process. */
export interface AssertedByOs {
  readonly by: 'os';
  readonly user: string;
  readonly uid: number;
  /** Who logged in, where the kernel keeps it (`/proc/self/loginuid`): stays the same through sudo. */
  readonly login: number | null;
  readonly host: string;
  readonly pid: number;
}

/** The server's own word: the role that logged in, and from where. */
export interface AssertedByPostgres {
  readonly by: 'postgresql';
  /** `session_user`. */
  readonly login: string;
  /** Null on a Unix-domain socket. */
  readonly address: string | null;
  /** The cluster's `system_identifier`: another one after a restore into a new cluster. */
  readonly server: string;
}

export type Asserted = AssertedByOs | AssertedByPostgres;

/** The name by which the store knows who acted. */
export function whoOf(asserted: Asserted): string {
  return asserted.by === 'os' ? asserted.user : asserted.login;
}

export interface Actor {
  readonly asserted: Asserted;
  readonly claimed: Claimed;
}

export type Kind = 'operation' | 'freeze' | 'incident' | 'grant' | 'lock' | 'policy' | 'ledger';

/** Where an entry was first written down, while the shared store was away. */
export interface Spooled {
  readonly at: string;
  readonly host: string;
  readonly user: string;
  readonly seq: number;
  readonly hash: string;
}

/** One entry, as design §9 lists its fields. What does not apply is null, never absent. */
export interface LedgerEntry {
  readonly seq: number;
  readonly id: string;
  readonly operation: string | null;
  readonly at: string;
  readonly kind: Kind;
  readonly phase: string;
  readonly actor: Actor;
  readonly action: string | null;
  readonly target: Target | null;
  readonly params: JsonObject;
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly grant: string | null;
  readonly incident: string | null;
  /** Links the operations that one call began on several targets; null for one that was called alone. */
  readonly bulk: string | null;
  readonly idempotencyKey: string | null;
  readonly plan: RecordedPlan | null;
  readonly outcome: RecordedOutcome | null;
  /** Paths of values that looked like secrets and were replaced before the entry was hashed. */
  readonly redacted: readonly string[];
  /** Null for what was recorded where it stands. */
  readonly spooled: Spooled | null;
  readonly prev: string;
  readonly hash: string;
}

/** What stands under `entry` in a line: everything but the place in the chain. */
export type EntryBody = Omit<LedgerEntry, 'seq' | 'prev' | 'hash'>;
