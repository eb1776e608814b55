import { type Binding, keyName } from '../bindings/binding.ts';
import { bindingsFor } from '../bindings/index.ts';
import { textOf } from '../components/edit-line.ts';
import type { ConsoleState, HelpScreen } from '../state/state.ts';

/** The keys that help lists: those of the screen below it whose words all occur in what was typed. */
export function helpEntries(state: ConsoleState, { query }: HelpScreen): readonly Binding[] {
  const words = textOf(query).toLowerCase().split(/\s+/u).filter(Boolean);
  return bindingsFor(state).filter(({ title, keys, id }) => {
    const about = `${title} ${id} ${keys.map(keyName).join(' ')}`.toLowerCase();
    return words.every((word) => about.includes(word));
  });
}

export function helpHeight({ rows }: ConsoleState): number {
  return Math.max(1, rows - (rows >= 12 ? 5 : 2));
}
