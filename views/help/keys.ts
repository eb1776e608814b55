import type { Hands } from '../bindings/binding.ts';
import { edit } from '../components/edit-line.ts';
import { clampIndex, topFor } from '../components/scroll.ts';
import type { ConsoleState, HelpScreen } from '../state/state.ts';
import type { Key } from '../terminal/keys.ts';
import { helpEntries, helpHeight } from './entries.ts';

/** What a key does while help is open: everything typed looks through the list. */
export function helpKey(hands: Hands, screen: HelpScreen, key: Key): void {
  const state = hands.state();
  const entries = helpEntries(state, screen);
  const move = moves[key.name];
  if (key.name === 'esc') {
    hands.set(closed(state));
  } else if (key.name === 'enter') {
    const entry = entries[screen.cursor];
    const reason = entry?.disabledReason?.(state) ?? null;
    if (entry !== undefined && reason === null) {
      hands.set(closed(state));
      entry.run(hands);
    } else if (reason !== null) {
      hands.say(reason, 'refused');
    }
  } else if (move !== undefined) {
    const height = helpHeight(state);
    const cursor = clampIndex(screen.cursor + move(height), entries.length);
    hands.set(withHelp(state, { ...screen, cursor, top: topFor(cursor, screen.top, height, entries.length) }));
  } else {
    const query = edit(screen.query, key);
    if (query !== null) {
      hands.set(withHelp(state, { ...screen, query, cursor: 0, top: 0 }));
    }
  }
}

const moves: Readonly<Record<string, (height: number) => number>> = {
  down: () => 1,
  'ctrl+n': () => 1,
  up: () => -1,
  'ctrl+p': () => -1,
  pagedown: (height) => height - 1,
  pageup: (height) => 1 - height,
};

function closed(state: ConsoleState): ConsoleState {
  return { ...state, above: state.above.filter(({ kind }) => kind !== 'help') };
}

function withHelp(state: ConsoleState, screen: HelpScreen): ConsoleState {
  return { ...state, above: [...state.above.slice(0, -1), screen] };
}
