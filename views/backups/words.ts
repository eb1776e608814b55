import type { BackupRow } from '#backups/rows.ts';
import { span as inWords } from '#text/age.ts';
import { size } from '#text/size.ts';
import { backupSigns, proofSigns, type Sign } from '#themes/glyphs.ts';
import { calmAge } from '../components/age.ts';
import type { ConsoleState } from '../state/state.ts';
import type { StandingRow } from './standing.ts';

/** A span as a tier says it: `1d`, `30d`, `1h30m`. */
export function shortSpan(seconds: number): string {
  return inWords(seconds).replace(/(?<=[mhd])0+[smh]$/u, '');
}

/** Hours say nothing of what is weeks old. */
export function coarse(seconds: number): string {
  return seconds >= 172_800 ? `${Math.floor(seconds / 86_400)}d` : shortSpan(seconds);
}

/** The level of proof, or why it is of no use. */
export function signOfBackup({ status, level, source }: BackupRow): Sign {
  return status !== 'ok' ? proofSigns[status] : source === 'till' ? proofSigns[level ?? 'recorded'] : proofSigns.theirs;
}

/** `1d2h of 24h`; `nothing of 24h`. */
export function ageWords({ age, rpo, sign }: StandingRow): string {
  const old = age === null ? (sign === 'unknown' ? 'not known' : 'nothing') : inWords(age);
  return rpo === null ? old : `${old} of ${shortSpan(rpo)}`;
}

/** `12d of 30d`, `never`; empty where nothing was and nothing has to be. */
export function drillWords({ drillAge, drillEvery }: StandingRow): string {
  if (drillAge === null) {
    return drillEvery === null ? '' : 'never';
  }
  return drillEvery === null ? coarse(drillAge) : `${coarse(drillAge)} of ${shortSpan(drillEvery)}`;
}

/** `16 MiB behind`, `failing`; empty where nobody archives for it. */
export function walWords({ wal }: StandingRow): string {
  if (wal === null) {
    return '';
  }
  const isBehind = wal.state === 'archiving' && wal.behind !== null && wal.behind > 0;
  return isBehind ? `${size(wal.behind ?? 0)} behind` : wal.state === 'archiving' ? 'archived' : wal.state;
}

/** Why a tenant is marked on other screens; null when nothing is owed there. */
export function troubleWords(row: StandingRow): { readonly kind: 'late' | 'unproven'; readonly words: string } | null {
  if (row.sign === 'late') {
    return { kind: 'late', words: `backup ${backupSigns.late.word}: ${ageWords(row)}` };
  }
  if (row.isDrillOwed) {
    return { kind: 'unproven', words: `proof owed: ${drillWords(row)}` };
  }
  return row.newest?.status === 'damaged' && row.newest.source === 'till'
    ? { kind: 'late', words: 'newest backup damaged' }
    : null;
}

/** `read 2m ago`, `reading`, and that the store is away. */
export function storeWords({ backups, now }: ConsoleState): { readonly words: string; readonly isAway: boolean } {
  if (backups === null) {
    return { words: '', isAway: false };
  }
  const { picture, away, isReading, readAt, storeReadAt } = backups;
  const ago = (at: number) => {
    const age = calmAge((now - at) / 1000);
    return age === 'now' ? 'now' : `${age} ago`;
  };
  if (away !== null) {
    const name = picture?.store ?? 'the store';
    const since = storeReadAt === null ? ', never read' : ` ${calmAge((now - storeReadAt) / 1000)}`;
    return { words: `${name} away${since}`, isAway: true };
  }
  return { words: isReading ? 'reading' : readAt === null ? '' : `read ${ago(readAt)}`, isAway: false };
}
