import { BlockList, isIPv6 } from 'node:net';
import type { Asking } from './rule.ts';

/** Lets a request in and returns how it leaves again, or says what it is turned away with. */
export type Gate = (asking: Asking & { readonly client: string }) => (() => void) | Refusal;

export interface Refusal {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

interface Source {
  readonly requestHost?: boolean;
}

interface Spec {
  readonly ipAllowList?: { readonly sourceRange?: readonly string[] };
  readonly inFlightReq?: { readonly amount?: number; readonly sourceCriterion?: Source };
  readonly rateLimit?: {
    readonly average?: number;
    readonly burst?: number;
    readonly period?: string | number;
    readonly sourceCriterion?: Source;
  };
}

const passed = () => undefined;

/**
 * What a Middleware does to requests: who may come, how many at once, how many a second. Others change nothing here; null for one that
 * cannot be made sense of.
 */
export function gateOf(spec: unknown): Gate | null {
  try {
    return made(spec);
  } catch {
    // An address range that is none.
    return null;
  }
}

function made(spec: unknown): Gate {
  const { ipAllowList, inFlightReq, rateLimit } = (spec ?? {}) as Spec;
  if (ipAllowList !== undefined) {
    return allowing(ipAllowList.sourceRange ?? []);
  }
  if (inFlightReq !== undefined) {
    // Without a criterion Traefik counts by host, which is by tenant.
    return atOnce(inFlightReq.amount ?? 0, sourceOf(inFlightReq.sourceCriterion, 'host'));
  }
  if (rateLimit !== undefined && (rateLimit.average ?? 0) > 0) {
    const perMs = (rateLimit.average ?? 0) / periodMs(rateLimit.period);
    return inTime(perMs, Math.max(1, rateLimit.burst ?? 1), sourceOf(rateLimit.sourceCriterion, 'client'));
  }
  return () => passed;
}

type SourceOf = (asking: { readonly host: string; readonly client: string }) => string;

function sourceOf(criterion: Source | undefined, otherwise: 'host' | 'client'): SourceOf {
  return criterion?.requestHost === true || otherwise === 'host' ? ({ host }) => host : ({ client }) => client;
}

function allowing(ranges: readonly string[]): Gate {
  const allowed = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    allowed.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return ({ client }) =>
    allowed.check(client, isIPv6(client) ? 'ipv6' : 'ipv4') ? passed : { status: 403, body: 'Forbidden' };
}

function atOnce(most: number, source: SourceOf): Gate {
  const inside = new Map<string, number>();
  return (asking) => {
    const who = source(asking);
    const count = inside.get(who) ?? 0;
    if (count >= most) {
      return { status: 429, body: 'Too Many Requests' };
    }
    inside.set(who, count + 1);
    return () => inside.set(who, (inside.get(who) ?? 1) - 1);
  };
}

/** A bucket for each source: `burst` deep, filled at the average pace. */
function inTime(perMs: number, burst: number, source: SourceOf): Gate {
  const buckets = new Map<string, { level: number; at: number }>();
  return (asking) => {
    const now = performance.now();
    const who = source(asking);
    const bucket = buckets.get(who) ?? { level: burst, at: now };
    const level = Math.min(burst, bucket.level + (now - bucket.at) * perMs);
    buckets.set(who, { level: level >= 1 ? level - 1 : level, at: now });
    if (level >= 1) {
      return passed;
    }
    const wait = String(Math.ceil((1 - level) / perMs / 1000));
    return { status: 429, body: 'Too Many Requests', headers: { 'retry-after': wait, 'x-retry-in': `${wait}s` } };
  };
}

/** `10s`, `1m`, or a number of seconds; a second when nothing is said. */
function periodMs(period: string | number | undefined): number {
  const [, amount = '1', unit = 's'] = /^(\d+)(ms|s|m|h)?$/.exec(String(period ?? '1s')) ?? [];
  return Number(amount) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? 1000);
}
