import { span as inWords } from '#text/age.ts';
import { backupSigns, gradeSigns, unknownSigns } from '#themes/glyphs.ts';
import { legible } from '../components/legible.ts';
import { leftAndRight, type Span, span, widthOf } from '../components/line.ts';
import { listScreen } from '../components/list-screen.ts';
import { wrapWords } from '../components/wrap.ts';
import type { BackupsScreen } from '../state/backup-screens.ts';
import type { ConsoleState } from '../state/state.ts';
import { standingColumns } from './columns.ts';
import { type StandingRow, standingRows } from './standing.ts';
import { ageWords, drillWords, shortSpan, storeWords, walWords } from './words.ts';

/** What could be brought back of each tenant, how well that is proven, and what is owed. Worst first. */
export function backupsScreenLines(state: ConsoleState, screen: BackupsScreen): readonly string[] {
  const rows = standingRows(state);
  return listScreen(state, screen, {
    title: titleLine(state, [span(' Backups', 'text.title'), ...counts(rows)]),
    rows,
    id: ({ tenant }) => tenant,
    columns: standingColumns(rows, state.columns),
    words: wordsInstead(state, rows),
    foot: footWords(state),
    details: (row, count, width) => details(row, count, width),
  });
}

/** The title, and at the right end how old the picture is; a store that is away is said before anything else gives way. */
export function titleLine(state: ConsoleState, left: readonly Span[]): readonly Span[] {
  const width = state.columns - 1;
  const { words, isAway } = storeWords(state);
  if (words === '') {
    return left;
  }
  const sign = isAway ? `${unknownSigns.unreachable.glyph} ` : '';
  const right = span(`${sign}${legible(words)} `, isAway ? 'status.warn' : 'text.secondary');
  const room = width - widthOf(left) - 2;
  return isAway && widthOf([right]) > room ? [...left, span('  '), right] : leftAndRight(left, [right], width);
}

function counts(rows: readonly StandingRow[]): readonly Span[] {
  const signs = (['late', 'owed', 'unknown', 'met'] as const).map((sign) => ({
    ...backupSigns[sign],
    count: rows.filter((row) => row.sign === sign).length,
  }));
  const drills = rows.filter(({ isDrillOwed }) => isDrillOwed).length;
  return [
    ...signs
      .filter(({ count }) => count > 0)
      .flatMap(({ glyph, word, token, count }) => [span('  '), span(`${glyph} ${count} ${word}`, token)]),
    ...(drills === 0 ? [] : [span(`  ${gradeSigns.warn.glyph} ${drills} to drill`, 'status.warn')]),
  ];
}

/** In place of rows, or nothing: an empty screen says what it waits for, or what the estate does not say. */
function wordsInstead(state: ConsoleState, rows: readonly StandingRow[]): readonly Span[] | null {
  const { backups } = state;
  if (backups === null || backups.picture === null) {
    return backups?.away == null
      ? [span(`${unknownSigns.loading.glyph} reading the backups`, 'text.secondary')]
      : [span(`${unknownSigns.unreachable.glyph} could not be read: ${legible(backups.away)}`, 'status.unknown')];
  }
  return rows.length === 0 ? [span('This estate has no tenant.', 'text.secondary')] : null;
}

/** What concerns more than one tenant: others that were silent, servers whose WAL is stuck, what lies about. */
function footWords({ backups }: ConsoleState): string {
  const picture = backups?.picture;
  if (picture == null) {
    return '';
  }
  const silent = picture.failures.filter(({ source }) => !source.startsWith('store ')).map(({ source }) => source);
  const stuck = picture.wal.filter(({ state }) => state === 'failing').map(({ server }) => server);
  return legible(
    [
      ...(backups?.away == null ? [] : [backups.away]),
      ...(picture.store === null ? ['the estate names no store of its own'] : []),
      ...(silent.length === 0 ? [] : [`silent: ${silent.join(', ')}`]),
      ...(stuck.length === 0 ? [] : [`WAL stuck: ${stuck.join(', ')}`]),
      ...(picture.leftovers.length === 0 ? [] : [`${picture.leftovers.length} left over`]),
    ].join(' · '),
  );
}

/** The selected row in words: what the table cuts, and what is owed when. */
function details(row: StandingRow, count: number, width: number): readonly (readonly Span[])[] {
  const { glyph, word, token } = backupSigns[row.sign];
  const first: readonly Span[] = [
    span(` ${legible(row.tenant)} `, 'text.strong'),
    span(`${glyph} ${word} `, token),
    span(legible(standingWords(row)), 'text.secondary'),
  ];
  const text = newestWords(row);
  return [first, ...wrapWords(text, width - 2, Math.max(1, count - 1)).map((one) => [span(` ${one}`)])];
}

/** `5h of 1d by till · next in 19h · drilled 12d of 30d · WAL archived`. */
export function standingWords(row: StandingRow): string {
  const wal = walWords(row);
  const drill = drillWords(row);
  return [
    `${ageWords(row)}${row.source === null ? '' : ` by ${row.source}`}`,
    ...(row.dueIn === null ? [] : [row.dueIn <= 0 ? 'owed now' : `next in ${shortSpan(row.dueIn)}`]),
    ...(drill === '' ? [] : [`drilled ${drill}${row.isDrillOwed ? ', owed' : ''}`]),
    ...(wal === '' ? [] : [`WAL ${wal}`]),
  ].join(' · ');
}

function newestWords({ newest, backups, lastProof }: StandingRow): string {
  if (newest === null) {
    return 'There is no backup that till knows of.';
  }
  const proof =
    lastProof === null ? 'nothing was proven of any' : `last proof ${lastProof.level}, ${inWords(lastProof.age)} ago`;
  const note = newest.message === null ? '' : `: ${newest.message}`;
  return legible(
    `${backups.length} ${backups.length === 1 ? 'backup' : 'backups'}, ${proof}; newest ${newest.backup}${note}`,
  );
}
