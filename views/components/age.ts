import { span as inWords } from '#text/age.ts';

/**
 * Seconds as a screen shows them: in steps of five below a minute, so that a table at rest does not rewrite every row
 * every second (facts: terminal.md §2.4).
 */
export function calmAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 5) {
    return 'now';
  }
  return whole < 60 ? `${whole - (whole % 5)}s` : whole < 600 ? `${Math.floor(whole / 60)}m` : inWords(whole);
}

/** How long ago an RFC 3339 instant was, in seconds; null when there was none. */
export function secondsSince(instant: string | null, now: number): number | null {
  return instant === null ? null : Math.max(0, (now - Date.parse(instant)) / 1000);
}

/** What is older than this lags: no signal is read less often than every minute while its tenant is watched. */
export const laggingSeconds = 90;
