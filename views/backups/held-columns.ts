import { span as inWords } from '#text/age.ts';
import { size } from '#text/size.ts';
import { proofSigns, remainsSigns, type Sign } from '#themes/glyphs.ts';
import { localMinute } from '../components/clock.ts';
import { type Column, widest } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { span } from '../components/line.ts';
import type { Held } from './held.ts';
import { signOfBackup } from './words.ts';

/** One backup a row, whoever made it; or a database that a restore has made. */
export function heldColumns(rows: readonly Held[]): readonly Column<Held>[] {
  return [
    {
      id: 'proof',
      title: '  PROOF',
      width: widest(
        rows.map((row) => `  ${signOfHeld(row).word}`),
        11,
        12,
      ),
      priority: 0,
      cell: (row) => {
        const { glyph, word, token } = signOfHeld(row);
        return [span(`${glyph} `, token), span(word, token)];
      },
    },
    {
      id: 'taken',
      title: 'TAKEN',
      width: widest(rows.map(takenAt), 9, 20),
      priority: 0,
      cell: (row) => span(takenAt(row), 'text.strong'),
    },
    {
      id: 'age',
      title: 'AGE',
      align: 'right',
      width: 6,
      priority: 1,
      cell: (row, now) => {
        const at = instantOf(row);
        return span(at === null ? '–' : inWords(Math.max(0, (now - Date.parse(at)) / 1000)));
      },
    },
    {
      id: 'size',
      title: 'SIZE',
      align: 'right',
      width: 8,
      priority: 2,
      cell: (row) => {
        const bytes = row.is === 'backup' ? row.backup.size : row.database.size;
        return span(bytes === null ? '–' : size(bytes));
      },
    },
    {
      id: 'source',
      title: 'BY',
      width: widest(rows.map(sourceOf), 4, 14),
      priority: 3,
      cell: (row) => span(legible(sourceOf(row)), sourceOf(row) === 'till' ? 'text' : 'text.secondary'),
    },
    {
      id: 'signature',
      title: 'SIGNED',
      width: 9,
      priority: 5,
      cell: (row) => {
        const signature = row.is === 'backup' ? row.backup.signature : null;
        return span(
          signature ?? '–',
          signature === 'wrong' ? 'status.critical' : signature === 'unsigned' ? 'status.warn' : 'text.secondary',
        );
      },
    },
    {
      id: 'files',
      title: 'FILES',
      align: 'right',
      width: 7,
      priority: 6,
      cell: (row) =>
        span(row.is === 'backup' && row.backup.files !== null ? String(row.backup.files) : '–', 'text.secondary'),
    },
    {
      id: 'id',
      title: 'BACKUP',
      width: 26,
      priority: 7,
      cell: (row) =>
        span(legible((row.is === 'backup' ? row.backup.backup : row.database.backup) ?? '–'), 'text.secondary'),
    },
    {
      id: 'note',
      title: 'NOTE',
      width: 17,
      flexible: true,
      priority: 4,
      cell: (row) =>
        row.is === 'database'
          ? span(legible(`${row.database.name} on ${row.database.place}`), 'text.strong')
          : span(
              legible(row.backup.message ?? ''),
              row.backup.status === 'ok' ? 'text.secondary' : proofSigns[row.backup.status].token,
            ),
    },
  ];
}

/** How well a backup is proven; what a database is there for. */
export function signOfHeld(row: Held): Sign {
  if (row.is === 'backup') {
    return signOfBackup(row.backup);
  }
  const { kind } = row.database;
  return kind === 'restored' || kind === 'kept' ? remainsSigns[kind] : remainsSigns.scratch;
}

function instantOf(row: Held): string | null {
  return row.is === 'backup' ? row.backup.at : row.database.at;
}

function sourceOf(row: Held): string {
  return row.is === 'backup' ? row.backup.source : 'till';
}

/** In the machine’s own zone, as every time of the console. */
function takenAt(row: Held): string {
  const at = instantOf(row);
  return at === null ? 'not known' : localMinute(Date.parse(at));
}
