import { span as inWords } from '#text/age.ts';
import { size } from '#text/size.ts';
import { standingRows } from '../backups/standing.ts';
import { signOfBackup } from '../backups/words.ts';
import type { ConsoleState } from '../state/state.ts';
import type { Candidate } from './words.ts';

/** Backups of ours that a flag may name: of the tenants on the line, newest first; of everybody while none is. */
export function backupIds(state: ConsoleState, typed: readonly string[]): readonly Candidate[] {
  const rows = standingRows(state);
  const meant = rows.filter(({ tenant }) => typed.includes(tenant));
  return (meant.length === 0 ? rows : meant).flatMap(({ tenant, backups }) =>
    backups
      .filter(({ source }) => source === 'till')
      .map((backup) => ({
        value: backup.backup,
        note: [
          ...(meant.length === 1 ? [] : [tenant]),
          ...(backup.ageSeconds === null ? [] : [`${inWords(backup.ageSeconds)} old`]),
          ...(backup.size === null ? [] : [size(backup.size)]),
          signOfBackup(backup).word,
        ].join(', '),
      })),
  );
}

/** Databases that restores have made for the tenants on the line. */
export function restoredDatabases({ backups, now }: ConsoleState, typed: readonly string[]): readonly Candidate[] {
  return (backups?.picture?.remains ?? [])
    .filter(({ tenant, kind }) => tenant !== null && typed.includes(tenant) && kind !== 'folder' && kind !== 'unmarked')
    .map(({ name, kind, at }) => ({
      value: name,
      note: `${kind}${at === null ? '' : ` ${inWords(Math.max(0, (now - Date.parse(at)) / 1000))} ago`}`,
    }));
}
