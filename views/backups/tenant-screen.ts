import type { Remains } from '#backups/leftovers.ts';
import type { BackupRow } from '#backups/rows.ts';
import { span as inWords } from '#text/age.ts';
import { backupSigns, unknownSigns } from '#themes/glyphs.ts';
import { localMinute } from '../components/clock.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import { listScreen } from '../components/list-screen.ts';
import { wrapWords } from '../components/wrap.ts';
import type { TenantBackupsScreen } from '../state/backup-screens.ts';
import type { ConsoleState } from '../state/state.ts';
import { type Held, heldId, heldOf } from './held.ts';
import { heldColumns, signOfHeld } from './held-columns.ts';
import { standingWords, titleLine } from './screen.ts';
import { standingRow } from './standing.ts';

/** The backups of one tenant, newest first, whoever makes them. */
export function tenantBackupsLines(state: ConsoleState, screen: TenantBackupsScreen): readonly string[] {
  const rows = heldOf(state, screen.tenant);
  const standing = standingRow(state, screen.tenant);
  const sign = standing === undefined ? null : backupSigns[standing.sign];
  return listScreen(state, screen, {
    title: titleLine(state, [
      span(` ${legible(screen.tenant)}`, 'text.title'),
      span(' backups  ', 'text.secondary'),
      ...(sign === null ? [] : [span(`${sign.glyph} ${sign.word}`, sign.token)]),
    ]),
    rows,
    id: heldId,
    columns: heldColumns(rows),
    words: wordsInstead(state, rows),
    foot: standing === undefined ? '' : legible(standingWords(standing)),
    details: (row, count, width) => details(row, count, width, state.now),
  });
}

function wordsInstead({ backups }: ConsoleState, rows: readonly Held[]): readonly Span[] | null {
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

function details(row: Held, count: number, width: number, now: number): readonly (readonly Span[])[] {
  const { glyph, word, token } = signOfHeld(row);
  const [name, faint, said] = row.is === 'backup' ? backupWords(row.backup) : databaseWords(row.database, now);
  return [
    [
      span(` ${legible(name)} `, 'text.strong'),
      span(`${glyph} ${word} `, token),
      span(legible(faint.join(' · ')), 'text.secondary'),
    ],
    ...wrapWords(legible(said), width - 2, Math.max(1, count - 1)).map((text) => [span(` ${text}`)]),
  ];
}

type Words = readonly [name: string, faint: readonly string[], said: string];

function backupWords({ backup, place, serverVersion, signature, provenAt, message, source }: BackupRow): Words {
  return [
    backup,
    [
      place,
      ...(serverVersion === null ? [] : [`PostgreSQL ${serverVersion}`]),
      ...(signature === null ? [] : [`signature ${signature}`]),
      ...(provenAt === null ? [] : [`proven ${localMinute(Date.parse(provenAt))}`]),
    ],
    message ?? (source === 'till' ? 'Nothing of it is missing.' : 'till has seen their record of it, nothing more.'),
  ];
}

function databaseWords({ name, place, kind, at, backup, remove }: Remains, now: number): Words {
  const since = at === null ? '' : `, ${inWords(Math.max(0, (now - Date.parse(at)) / 1000))} ago`;
  const said = {
    restored: `It was restored${backup === null ? '' : ` from ${backup}`}${since}. S makes it the live one, X drops it.`,
    kept: `It was live until a swap${since}. S swaps it back, X drops it.`,
    scratch: `A restore or a drill that ended in between left it${since}. X drops it.`,
  };
  return [name, [place], kind === 'restored' || kind === 'kept' || kind === 'scratch' ? said[kind] : remove];
}
