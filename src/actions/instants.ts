import { usageError } from '#grammar/usage-error.ts';

/**
 * What a person writes for an instant, as RFC 3339 in UTC: an instant with its offset, a time on the clock of a zone, or
 * a span from now (`+4h`). A time that the zone's clock shows twice or never is refused: a guess would be an hour off.
 */
export function instantGiven(text: string, flag: string, zone: string | null, now: number): string {
  const span = /^\+(\d{1,6})([smhd])$/u.exec(text);
  if (span !== null) {
    return utc(Math.floor(now / 1000) * 1000 + Number(span[1]) * (units[span[2] ?? ''] ?? 0));
  }
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/u.test(text) && Number.isFinite(Date.parse(text))) {
    return utc(Date.parse(text));
  }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/u.test(text) || !Number.isFinite(Date.parse(`${text}Z`))) {
    throw usageError(
      `--${flag} takes an instant, not "${text}"`,
      null,
      '2026-11-27T06:00:00Z, 2026-11-27T06:00 with --timezone, or +4h',
    );
  }
  if (zone === null) {
    throw usageError(`--${flag} "${text}" is on the clock of no zone`, null, 'add --timezone Europe/Paris, or write Z');
  }
  const found = instantsOf(Date.parse(`${text}Z`), zone);
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw usageError(
      `clocks in ${zone} show ${text} ${only === undefined ? 'never' : 'twice'}: they change then`,
      null,
      'write it with an offset, such as 2026-10-25T02:30:00+02:00',
    );
  }
  return utc(only);
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const day = 86_400_000;

/** The instants at which that zone's clock shows this time, given as if it were UTC. */
function instantsOf(shown: number, zone: string): readonly number[] {
  const offsets = [shown - day, shown, shown + day].map((near) => shownAt(near, zone) - near);
  return [...new Set(offsets.map((offset) => shown - offset))].filter((at) => shownAt(at, zone) === shown).sort();
}

/** What the zone's clock shows, as if it were UTC. */
function shownAt(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    ...({
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    } as const),
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/** Between 01:00 and 03:59 there: the hours that clocks repeat or leave out (design §7). */
export function isInShiftingHours(instant: string, zone: string): boolean {
  const hour = new Date(shownAt(Date.parse(instant), zone)).getUTCHours();
  return hour >= 1 && hour <= 3;
}

/** The zone as it was written, when there is one by that name. Throws TillError (exit 2). */
export function zoneGiven(text: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return text;
  } catch {
    throw usageError(`there is no time zone "${text}"`, null, 'an IANA name, such as Europe/Paris');
  }
}

/** The ledger keeps instants with or without milliseconds; people write none. */
function utc(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
