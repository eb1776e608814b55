import * as v from 'valibot';
import type { JsonObject } from './canonical.ts';
import { grantDrafts, keepingDrafts, lockDrafts, policyDrafts } from './draft-access.ts';
import {
  freezeSchema,
  jsonObject,
  limits,
  outcomes,
  parts,
  planSchema,
  severitySchema,
  targetSchema,
  ulid,
} from './entry.ts';

/** What a caller hands in to be recorded: one form for each kind and phase. The store adds place, time, actor and seal. */

const { name, names, nullable, count, someText } = parts;

const circumstances = {
  target: nullable(targetSchema),
  reason: nullable(someText(limits.reason)),
  ticket: nullable(someText(limits.ticket)),
  grant: nullable(name),
  incident: nullable(ulid),
  /** The same for all operations that one call began. */
  bulk: nullable(ulid),
};

const request = {
  kind: v.literal('operation'),
  operation: ulid,
  action: name,
  /** The action's parameters, already let in by the action's own schema. */
  params: v.optional(jsonObject, {}),
  plan: nullable(planSchema),
  idempotencyKey: nullable(someText(limits.ticket)),
  ...circumstances,
};

/** Before the first byte goes out. */
const intent = v.strictObject({ phase: v.literal('intent'), ...request });

/** What would have been done, and who said no. */
const refusal = v.strictObject({ phase: v.literal('refusal'), ...request, outcome: outcomes.refused });

/** What follows an intent takes action, target and circumstances from it, unless it says otherwise. */
const following = { kind: v.literal('operation'), operation: ulid, action: nullable(name), ...circumstances };

const step = v.strictObject({
  phase: v.literal('step'),
  ...following,
  params: v.strictObject({ step: name, index: count, of: count, details: v.optional(jsonObject, {}) }),
  /** Absent when the step begins; a step that began and has no outcome is unknown. */
  outcome: nullable(outcomes.ended),
});

const outcome = v.strictObject({ phase: v.literal('outcome'), ...following, outcome: outcomes.ended });

/** The end that somebody else found for an operation whose process is gone. */
const reconciled = v.strictObject({ phase: v.literal('reconciled'), ...following, outcome: outcomes.reconciled });

const freezing = { kind: v.literal('freeze'), operation: nullable(ulid), ...circumstances };

const freeze = v.strictObject({
  phase: v.literal('begin'),
  ...freezing,
  reason: someText(limits.reason),
  params: freezeSchema,
});

const thaw = v.strictObject({ phase: v.literal('end'), ...freezing, params: v.strictObject({ freeze: ulid }) });

const during = { kind: v.literal('incident'), operation: nullable(ulid), ...circumstances, incident: ulid };

const incidentOpen = v.strictObject({
  phase: v.literal('open'),
  ...during,
  params: v.strictObject({
    name,
    severity: severitySchema,
    commander: name,
    tenants: v.optional(names, []),
  }),
});
const incidentNote = v.strictObject({
  phase: v.literal('note'),
  ...during,
  params: v.strictObject({ note: someText(limits.note) }),
});
const incidentJoin = v.strictObject({ phase: v.literal('join'), ...during, params: v.strictObject({ person: name }) });
const incidentPin = v.strictObject({ phase: v.literal('pin'), ...during, params: v.strictObject({ tenants: names }) });
const incidentClose = v.strictObject({
  phase: v.literal('close'),
  ...during,
  params: v.strictObject({ summary: nullable(someText(limits.note)) }),
});

export const draftSchema = v.variant('kind', [
  v.variant('phase', [intent, refusal, step, outcome, reconciled]),
  v.variant('phase', [freeze, thaw]),
  v.variant('phase', [incidentOpen, incidentNote, incidentJoin, incidentPin, incidentClose]),
  grantDrafts,
  lockDrafts,
  policyDrafts,
  v.variant('phase', keepingDrafts),
]);

export type Admitted = v.InferOutput<typeof draftSchema>;

/** JSON is readonly as it is, and has no end to walk to. */
type DeepReadonly<T> = [JsonObject] extends [T]
  ? T
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

export type Draft = DeepReadonly<v.InferInput<typeof draftSchema>>;
export type IntentDraft = DeepReadonly<v.InferInput<typeof intent>>;
/** Everything else: recorded without a second judgement. */
export type FollowingDraft = Exclude<Draft, IntentDraft>;
