import { fit as fitted } from '#text/width.ts';
import { marks } from '#themes/glyphs.ts';
import { keyName } from '../bindings/binding.ts';
import { legible } from '../components/legible.ts';
import { paint, type Span, span } from '../components/line.ts';
import { type ConsoleState, type HelpScreen, screenBelow } from '../state/state.ts';
import { helpEntries, helpHeight } from './entries.ts';

const abouts = {
  tenants: 'the tenant table',
  tenant: 'a tenant’s screen',
  operations: 'the list of operations',
  ledger: 'the ledger',
  entry: 'an entry of the ledger',
  access: 'access',
  grant: 'a grant',
  backups: 'the backups',
  'tenant-backups': 'a tenant’s backups',
  backup: 'a backup',
  drills: 'the drills',
} as const;

/** The keys of the screen below, to look through by typing and to run with Enter. */
export function helpScreenLines(state: ConsoleState, screen: HelpScreen): readonly string[] {
  const width = state.columns - 1;
  const line = (spans: readonly Span[]) => paint(spans, state.theme, width);
  const entries = helpEntries(state, screen);
  const height = helpHeight(state);
  const roomy = state.rows >= 12;
  const about = abouts[screenBelow(state).kind];
  const typed = [span(' '), span(legible(screen.query.before)), span('▏', 'key'), span(legible(screen.query.after))];
  const rows = Array.from({ length: height }, (_, row) => {
    const index = screen.top + row;
    const entry = entries[index];
    if (entry === undefined) {
      return row === 0 && entries.length === 0 ? line([span('  No key does that.', 'text.secondary')]) : '';
    }
    const reason = entry.disabledReason?.(state) ?? null;
    const here = index === screen.cursor;
    const spans = [
      span(here ? `${marks.cursor} ` : '  ', 'key'),
      span(
        fitted(entry.keys.map(keyName).join(' '), width >= 60 ? 22 : 14),
        reason === null ? 'key' : 'text.secondary',
      ),
      span(`  ${entry.title}`, reason === null ? 'text' : 'text.secondary'),
      span(reason === null ? '' : `   not now: ${legible(reason)}`, 'status.warn'),
    ];
    return paint(spans, state.theme, width, here ? 'row.selected' : undefined);
  });
  const title = line([
    span(' Keys', 'text.title'),
    span(` of ${about}   type to look, Enter runs, Esc closes`, 'text.secondary'),
  ]);
  const rule = line([span('─'.repeat(width), 'border')]);
  const chosen = entries[screen.cursor];
  const why = chosen?.disabledReason?.(state) ?? null;
  const count = `${entries.length} ${entries.length === 1 ? 'key' : 'keys'}`;
  const last =
    why === null
      ? span(` ${count}`, 'text.secondary')
      : span(` ${chosen?.keys.map(keyName)[0]} not now: ${legible(why)}`, 'status.warn');
  return roomy ? [title, line(typed), rule, ...rows, rule, line([last])] : [line(typed), ...rows, title];
}
