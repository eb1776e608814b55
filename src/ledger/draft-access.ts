import * as v from 'valibot';
import { policySchema } from './access/policy.ts';
import { jsonObject, limits, parts, ulid } from './entry.ts';

/** What is recorded of grants, locks and the policy that rules them. */

const { name, names, nullable, count, utc, someText } = parts;

const why = {
  reason: nullable(someText(limits.reason)),
  ticket: nullable(someText(limits.ticket)),
  incident: nullable(ulid),
  /** The operation that did it; null for what is only a word in the ledger. */
  operation: nullable(ulid),
  spooled: nullable(v.strictObject({ at: utc, host: name, user: name, seq: count, hash: name })),
};

const granting = { kind: v.literal('grant'), grant: ulid, ...why };
const comment = nullable(someText(limits.note));

/** Which of a person's groups a vote counts for is theirs to say: nobody counts twice. */
const approve = v.strictObject({
  phase: v.literal('approve'),
  ...granting,
  params: v.strictObject({ group: name, digest: name, comment }),
});

const request = v.strictObject({
  phase: v.literal('request'),
  ...granting,
  reason: someText(limits.reason),
  params: v.strictObject({
    form: v.picklist(['standard', 'break-glass', 'standing', 'plan']),
    subject: name,
    actions: v.pipe(names, v.minLength(1)),
    tenants: v.pipe(names, v.minLength(1)),
    seconds: v.pipe(count, v.minValue(1)),
    from: nullable(utc),
    plan: nullable(name),
    uses: nullable(v.pipe(count, v.minValue(1))),
    extends: nullable(ulid),
    key: nullable(someText(512)),
    /** What the requester's side worked out; the store works it out again and refuses another answer. */
    policy: nullable(ulid),
    needs: v.optional(v.array(v.strictObject({ group: name, count })), []),
    lapseSeconds: nullable(count),
    skipped: v.optional(names, []),
  }),
});

const credential = v.strictObject({
  id: name,
  system: v.picklist(['kubernetes', 'postgres', 'redis']),
  where: name,
  tenants: names,
  name: someText(512),
  jti: nullable(name),
  expiresAt: nullable(utc),
  residualUntil: nullable(utc),
  residual: nullable(someText(limits.message)),
  /** SHA-256 of the sealed box that its subject was given; the box itself is kept beside the ledger, and not for long. */
  sealed: nullable(name),
});

const plain = <const P extends string>(phase: P) =>
  v.strictObject({ phase: v.literal(phase), ...granting, params: v.optional(v.strictObject({ comment }), {}) });

export const grantDrafts = v.variant('phase', [
  request,
  approve,
  plain('deny'),
  plain('withdraw'),
  plain('lapse'),
  /** The clock starts, by the store's. */
  plain('activate'),
  plain('fail'),
  plain('end'),
  plain('expire'),
  plain('revoke'),
  v.strictObject({
    phase: v.literal('issue'),
    ...granting,
    params: v.strictObject({ credentials: v.array(credential) }),
  }),
  /** These no longer work; `proof` says how that is known. */
  v.strictObject({
    phase: v.literal('retire'),
    ...granting,
    params: v.strictObject({ credentials: names, proof: v.optional(jsonObject, {}) }),
  }),
  /** Who was told of it, and who could not be. */
  v.strictObject({
    phase: v.literal('notify'),
    ...granting,
    params: v.strictObject({
      told: v.optional(names, []),
      failed: v.optional(v.array(v.strictObject({ to: name, why: someText(limits.message) })), []),
    }),
  }),
  v.strictObject({
    phase: v.literal('review'),
    ...granting,
    params: v.strictObject({ verdict: v.picklist(['justified', 'not-justified']), note: comment }),
  }),
]);

const locking = { kind: v.literal('lock'), ...why };

export const lockDrafts = v.variant('phase', [
  v.strictObject({
    phase: v.literal('begin'),
    ...locking,
    reason: someText(limits.reason),
    params: v.strictObject({ lock: ulid, person: name, until: nullable(utc) }),
  }),
  v.strictObject({ phase: v.literal('end'), ...locking, params: v.strictObject({ lock: ulid }) }),
]);

const ruling = { kind: v.literal('policy'), ...why };

export const policyDrafts = v.variant('phase', [
  v.strictObject({
    phase: v.literal('propose'),
    ...ruling,
    reason: someText(limits.reason),
    params: v.strictObject({ policy: ulid, digest: name, body: policySchema }),
  }),
  v.strictObject({
    phase: v.literal('approve'),
    ...ruling,
    params: v.strictObject({ policy: ulid, digest: name }),
  }),
  v.strictObject({ phase: v.literal('withdraw'), ...ruling, params: v.strictObject({ policy: ulid }) }),
]);

const ledger = v.literal('ledger');
const aboutLedger = {
  kind: ledger,
  reason: nullable(someText(limits.reason)),
  ticket: nullable(someText(limits.ticket)),
};

/** What is recorded of the ledger itself by those who keep it. */
export const keepingDrafts = [
  v.strictObject({
    kind: ledger,
    phase: v.literal('read'),
    params: v.strictObject({ what: name, filter: v.optional(jsonObject, {}) }),
  }),
  /** A signing key for checkpoints: from when it may sign, and until when. */
  v.strictObject({
    ...aboutLedger,
    phase: v.literal('key'),
    params: v.strictObject({
      vkey: someText(512),
      status: v.picklist(['added', 'retired']),
      from: utc,
      until: nullable(utc),
    }),
  }),
  /** The database shows less than was anchored: a restore, a fail-over, or somebody's hand. Elevation waits for two people. */
  v.strictObject({
    ...aboutLedger,
    phase: v.literal('epoch'),
    params: v.strictObject({
      epoch: ulid,
      anchored: v.strictObject({ size: count, root: name, anchor: name, note: someText(limits.text) }),
      found: v.strictObject({ size: count, hash: name }),
      lost: v.strictObject({ from: count, to: count }),
    }),
  }),
  v.strictObject({ ...aboutLedger, phase: v.literal('epoch-acknowledge'), params: v.strictObject({ epoch: ulid }) }),
  /** Everything up to `upTo` has been taken out; verification begins here. */
  v.strictObject({
    ...aboutLedger,
    phase: v.literal('prune'),
    reason: someText(limits.reason),
    params: v.strictObject({
      upTo: count,
      hash: name,
      root: name,
      /** Compact range of the tree at `upTo`: roots of its full subtrees, largest first, so that later roots can be worked out. */
      range: v.array(name),
      archive: someText(limits.message),
      sha256: name,
    }),
  }),
  /** Two people prune: the second says so here. */
  v.strictObject({
    ...aboutLedger,
    phase: v.literal('prune-propose'),
    reason: someText(limits.reason),
    params: v.strictObject({ prune: ulid, upTo: count, hash: name }),
  }),
  v.strictObject({
    ...aboutLedger,
    phase: v.literal('import-begin'),
    params: v.strictObject({ host: name, user: name, first: count, last: count, head: name }),
  }),
  /** An entry of a spool that a law of the shared ledger keeps out: it is kept as what it is, and changes nothing. */
  v.strictObject({
    ...aboutLedger,
    phase: v.literal('import-refused'),
    params: v.strictObject({
      host: name,
      user: name,
      seq: count,
      hash: name,
      entry: jsonObject,
      why: someText(limits.message),
    }),
  }),
  v.strictObject({
    ...aboutLedger,
    phase: v.literal('import-end'),
    params: v.strictObject({ host: name, user: name, count, first: count, last: count, head: name }),
  }),
] as const;
