import { deedBox } from './access/deed-box.ts';
import { formBox } from './access/form-box.ts';
import { grantScreenLines } from './access/grant.ts';
import { noticeLines } from './access/notices.ts';
import { accessScreenLines } from './access/screen.ts';
import { backupScreenLines } from './backups/backup-screen.ts';
import { backupsScreenLines } from './backups/screen.ts';
import { tenantBackupsLines } from './backups/tenant-screen.ts';
import { type Box, withBox } from './components/box.ts';
import { paint } from './components/line.ts';
import { drillsScreenLines } from './drills/screen.ts';
import { helpScreenLines } from './help/screen.ts';
import { entryScreenLines } from './ledger/entry.ts';
import { ledgerScreenLines } from './ledger/screen.ts';
import { operationsScreenLines } from './operations/screen.ts';
import { planBox } from './plan/screen.ts';
import { type ConsoleState, currentScreen, type KeyedScreen, type Screen, screenBelow } from './state/state.ts';
import { tenantScreenLines } from './tenant/screen.ts';
import { tenantsScreen } from './tenants/screen.ts';

/** Narrower or lower than this there is no table to speak of. */
const least = { columns: 30, rows: 5 };

/** The whole screen as text: exactly `rows` rows, none wider than the terminal. */
export function frame(state: ConsoleState): readonly string[] {
  const lines = isTooSmall(state) ? tooSmall(state) : screenLines(state, currentScreen(state));
  return Array.from({ length: state.rows }, (_, row) => lines[row] ?? '');
}

function screenLines(state: ConsoleState, screen: Screen): readonly string[] {
  switch (screen.kind) {
    case 'help':
      return helpScreenLines(state, screen);
    case 'plan':
      return over(state, planBox(state, screen));
    case 'form':
      return over(state, formBox(state, screen));
    case 'deed':
      return over(state, deedBox(state, screen));
    default:
      return withNotices(state, keyedLines(state, screen));
  }
}

function keyedLines(state: ConsoleState, screen: KeyedScreen): readonly string[] {
  switch (screen.kind) {
    case 'tenants':
      return tenantsScreen(state);
    case 'tenant':
      return tenantScreenLines(state, screen);
    case 'operations':
      return operationsScreenLines(state, screen);
    case 'ledger':
      return ledgerScreenLines(state, screen);
    case 'entry':
      return entryScreenLines(state, screen);
    case 'access':
      return accessScreenLines(state, screen);
    case 'grant':
      return grantScreenLines(state, screen);
    case 'backups':
      return backupsScreenLines(state, screen);
    case 'tenant-backups':
      return tenantBackupsLines(state, screen);
    case 'backup':
      return backupScreenLines(state, screen);
    case 'drills':
      return drillsScreenLines(state, screen);
  }
}

/** Under the estate's line, on every screen: what may not be forgotten. */
function withNotices(state: ConsoleState, lines: readonly string[]): readonly string[] {
  const notices = noticeLines(state).map((spans) => paint(spans, state.theme, state.columns - 1));
  return notices.length === 0 ? lines : [...lines.slice(0, 1), ...notices, ...lines.slice(1)];
}

/** A question, laid over the screen that it came from. */
function over(state: ConsoleState, box: Box): readonly string[] {
  const below = screenLines(state, screenBelow(state));
  const rows = Array.from({ length: state.rows }, (_, row) => below[row] ?? '');
  return withBox(state, box, rows, noticeLines(state).length);
}

function isTooSmall({ columns, rows }: ConsoleState): boolean {
  return columns < least.columns || rows < least.rows;
}

/** A plain sentence, and what matters most: how many are hurt. The keys go on working, q above all. */
function tooSmall({ columns, rows, picture }: ConsoleState): readonly string[] {
  const counts = picture?.counts;
  const words = [
    ...(counts === undefined ? [] : [`✖ ${counts.critical} ▲ ${counts.warn} ? ${counts.unknown}`]),
    ...`This terminal is too small: ${columns}×${rows}. 80×24 shows the table. q quits.`.split(' '),
  ];
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (
      last !== undefined &&
      lines.length > (counts === undefined ? 0 : 1) &&
      last.length + word.length + 2 <= columns
    ) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word.slice(0, Math.max(1, columns - 1)));
    }
  }
  return lines;
}
