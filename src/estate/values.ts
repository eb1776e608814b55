import * as v from 'valibot';
import { parseSelector } from '#text/selector.ts';

// The kinds of value that an estate is written in. Each message says what would be right: it is printed as
// `should be …, not …`.

export const name = v.pipe(
  v.string(),
  v.regex(
    /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/,
    'a name: lower-case letters, digits, `-`, `_` or `.`, at most 63 characters',
  ),
);

const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `15m`, `4h`, `7d` → seconds. */
export const duration = v.pipe(
  v.string(),
  v.regex(/^\d{1,9}[smhd]$/, 'a duration: a number and s, m, h or d, such as `15m`'),
  v.transform((text) => Number(text.slice(0, -1)) * (units[text.slice(-1)] ?? 1)),
);

export const zone = v.pipe(
  v.string(),
  v.check((text) => isTimeZone(text), 'an IANA time zone, such as `Europe/Paris`'),
);

/** Asking costs 60 µs, and a thousand tenants live in three zones. */
const zones = new Map<string, boolean>();

function isTimeZone(text: string): boolean {
  const known = zones.get(text);
  if (known !== undefined) {
    return known;
  }
  // Node takes offsets such as +02:00 too; a shop's zone has summer time.
  const answer = !/^[+-]/.test(text) && isKnownToNode(text);
  zones.set(text, answer);
  return answer;
}

function isKnownToNode(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

const aPort = 'a port from 1 to 65535';
export const port = v.pipe(v.number(), v.integer(aPort), v.minValue(1, aPort), v.maxValue(65_535, aPort));

export const count = v.pipe(v.number(), v.integer('a whole number'), v.minValue(0, 'a number from 0 up'));

/** A host name, an address or a socket folder. A URL is refused: it may carry a password. */
export const host = v.pipe(
  v.string(),
  v.regex(/^[^\s@]+$/, 'a host name or an address'),
  v.check((text) => !text.includes('://'), 'a host name or an address; till takes no URLs'),
);

export const hostAndPort = v.pipe(v.string(), v.regex(/^[^\s@/]+:\d{1,5}$/, 'host:port, such as `10.0.0.7:443`'));

/** Where a secret lives; the secret itself is never written in an estate file. */
export const secretReference = v.union([
  v.strictObject({ env: v.string() }),
  v.strictObject({ file: v.string() }),
  v.strictObject({
    secret: v.strictObject({ cluster: name, namespace: v.string(), name: v.string(), key: v.string() }),
  }),
]);

export const labelSelector = v.pipe(
  v.string(),
  v.check((text) => isSelector(text), 'a label selector, such as `app.kubernetes.io/name=odoo,tier in (a, b)`'),
);

function isSelector(text: string): boolean {
  try {
    parseSelector(text);
    return text.trim() !== '';
  } catch {
    return false;
  }
}

export const instant = v.pipe(v.string(), v.isoTimestamp('an instant, such as `2026-11-27T06:00:00Z`'));
