import { type LedgerEntry, whoOf } from '#ledger/entry.ts';
import { marks, operationSigns, type Sign } from '#themes/glyphs.ts';
import { legible } from '../components/legible.ts';
import { operationName } from '../operations/rows.ts';
import type { LedgerScreen } from '../state/state.ts';

/** The entries that hold every word of the filter somewhere. */
export function ledgerRows({ entries, filter }: LedgerScreen): readonly LedgerEntry[] {
  const words = filter.toLowerCase().split(/\s+/u).filter(Boolean);
  return (entries ?? []).filter((entry) => {
    const about = aboutOf(entry);
    return words.every((word) => about.includes(word));
  });
}

function aboutOf(entry: LedgerEntry): string {
  const { kind, phase, action, target, actor, reason, ticket, incident, operation, outcome } = entry;
  return [kind, phase, action, ...(target?.tenants ?? []), whoOf(actor.asserted), reason, ticket, incident, operation]
    .concat(outcome?.status ?? null, outcome?.message ?? null)
    .filter((part) => part !== null)
    .join(' ')
    .toLowerCase();
}

export function entryId({ seq }: LedgerEntry): string {
  return String(seq);
}

/** What an entry says of how things went; one that only tells has no sign of its own. */
export function signOfEntry({ outcome, kind }: LedgerEntry): Sign {
  if (outcome !== null) {
    return operationSigns[outcome.status];
  }
  return kind === 'freeze'
    ? { glyph: marks.frozen, word: 'freeze', token: 'freeze' }
    : kind === 'incident'
      ? { glyph: marks.incident, word: 'incident', token: 'incident' }
      : { glyph: '·', word: '', token: 'text.secondary' };
}

/** `intent scale maple-toys`, `begin freeze`, `read`. */
export function entryName({ kind, phase, action, target }: LedgerEntry): string {
  return action === null || kind === 'ledger'
    ? `${kind} ${phase}`
    : `${phase} ${operationName({ action, tenants: target?.tenants ?? [] })}`;
}

export function entryWords({ outcome, reason, params }: LedgerEntry): string {
  const note = params['note'] ?? params['words'] ?? params['step'] ?? params['name'];
  return legible(outcome?.message ?? reason ?? (typeof note === 'string' ? note : ''));
}
