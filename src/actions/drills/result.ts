import * as v from 'valibot';
import { levels, proofSchema } from '#backups/manifest.ts';
import type { JsonObject } from '#ledger/canonical.ts';

/**
 * What a drill of either kind came to. It goes into the details of the step that ran it, under `drill`, and so into the ledger, which
 * is where `till drills` finds it; a restore drill leaves a proof in the store too, which outlives the ledger's pruning.
 */

const seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const drilledSchema = v.object({
  kind: v.picklist(['restore', 'failover']),
  status: v.picklist(['ok', 'failed']),
  /** The backup that was restored; null for a failover. */
  backup: v.nullable(v.string()),
  /** RFC 3339 UTC: the instant that counts as the incident. */
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  /** From the incident until it served again, and how much before it was lost; whole seconds, rounded up. Null: not measured. */
  rto: v.nullable(seconds),
  rpo: v.nullable(seconds),
  /** By phase, in the order in which they were gone through. */
  seconds: v.record(v.string(), seconds),
  /** How well the backup is proven by it; null for a failover, and where nothing was proven. */
  level: v.nullable(v.picklist(levels)),
  checks: proofSchema.entries.checks,
  message: v.string(),
});

export type Drilled = v.InferOutput<typeof drilledSchema>;
export type DrillKind = Drilled['kind'];
export type DrillCheck = Drilled['checks'][number];

/** For a step's details. */
export function drillDetails(drilled: Drilled): { readonly drill: JsonObject } {
  return { drill: v.parse(drilledSchema, drilled) };
}

/** What a step's details say of a drill; null where they say nothing of one. */
export function drilledIn(details: JsonObject): Drilled | null {
  const read = v.safeParse(drilledSchema, details['drill']);
  return read.success ? read.output : null;
}
