import type { BackupRow } from '#backups/rows.ts';
import { backupSigns, unknownSigns } from '#themes/glyphs.ts';
import { localMinute } from '../components/clock.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import { listScreen } from '../components/list-screen.ts';
import { wrapWords } from '../components/wrap.ts';
import type { TenantBackupsScreen } from '../state/backup-screens.ts';
import type { ConsoleState } from '../state/state.ts';
import { backupColumns } from './columns.ts';
import { backupId, backupsOf } from './moves.ts';
import { standingWords, titleLine } from './screen.ts';
import { standingRow } from './standing.ts';
import { signOfBackup } from './words.ts';

/** The backups of one tenant, newest first, whoever makes them. */
export function tenantBackupsLines(state: ConsoleState, screen: TenantBackupsScreen): readonly string[] {
  const rows = backupsOf(state, screen.tenant);
  const standing = standingRow(state, screen.tenant);
  const sign = standing === undefined ? null : backupSigns[standing.sign];
  return listScreen(state, screen, {
    title: titleLine(state, [
      span(` ${legible(screen.tenant)}`, 'text.title'),
      span(' backups  ', 'text.secondary'),
      ...(sign === null ? [] : [span(`${sign.glyph} ${sign.word}`, sign.token)]),
    ]),
    rows,
    id: backupId,
    columns: backupColumns(rows, takenAt),
    words: wordsInstead(state, rows),
    foot: standing === undefined ? '' : legible(standingWords(standing)),
    details,
  });
}

/** In the machine’s own zone, as every time of the console. */
export function takenAt({ at }: BackupRow): string {
  return at === null ? 'not known' : localMinute(Date.parse(at));
}

function wordsInstead({ backups }: ConsoleState, rows: readonly BackupRow[]): readonly Span[] | null {
  if (rows.length > 0) {
    return null;
  }
  const { loading, unreachable } = unknownSigns;
  if (backups === null || (backups.picture === null && backups.away === null)) {
    return [span(`${loading.glyph} reading the backups`, 'text.secondary')];
  }
  return backups.away !== null
    ? [span(`${unreachable.glyph} could not be read: ${legible(backups.away)}`, 'status.unknown')]
    : [
        span(
          backups.picture?.store === null
            ? 'There is none, and the estate names no store: till backups shows what to add to it.'
            : 'There is no backup of it yet. b makes one.',
          'text.secondary',
        ),
      ];
}

function details(row: BackupRow, count: number, width: number): readonly (readonly Span[])[] {
  const { glyph, word, token } = signOfBackup(row);
  const facts: readonly Span[] = [
    span(` ${legible(row.backup)} `, 'text.strong'),
    span(`${glyph} ${word} `, token),
    span(
      legible(
        [
          row.place,
          ...(row.serverVersion === null ? [] : [`PostgreSQL ${row.serverVersion}`]),
          ...(row.signature === null ? [] : [`signature ${row.signature}`]),
          ...(row.provenAt === null ? [] : [`proven ${localMinute(Date.parse(row.provenAt))}`]),
        ].join(' · '),
      ),
      'text.secondary',
    ),
  ];
  const said =
    row.message ??
    (row.source === 'till' ? 'Nothing of it is missing.' : 'till has seen their record of it, nothing more.');
  return [facts, ...wrapWords(legible(said), width - 2, Math.max(1, count - 1)).map((text) => [span(` ${text}`)])];
}
