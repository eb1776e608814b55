import type { Hands } from '../bindings/binding.ts';
import { edit, emptyLine, lineOf, textOf } from '../components/edit-line.ts';
import { filterLedger } from '../ledger/moves.ts';
import type { ConsoleState, Input } from '../state/state.ts';
import { filterBy } from '../tenants/moves.ts';
import type { Key } from '../terminal/keys.ts';
import { actionOnLine } from './actions.ts';
import { completionsFor } from './complete.ts';
import { unknown } from './unknown.ts';
import { paletteWords, wordNamed } from './words.ts';

/** What a key does while a line is being typed at the bottom. */
export function inputKey(hands: Hands, input: Input, key: Key): void {
  if (input.purpose !== 'palette') {
    filterKey(hands, input, key);
  } else {
    paletteKey(hands, input, key);
    const { input: open } = hands.state();
    const action = open === null ? null : actionOnLine(hands.state(), open.line.before);
    if (action !== null) {
      hands.acting.need(action);
    }
  }
}

/** The table follows what is typed; Enter keeps it, Esc takes the filter away. */
function filterKey(hands: Hands, input: Input, key: Key): void {
  const state = hands.state();
  if (key.name === 'enter' || key.name === 'down' || key.name === 'up') {
    hands.set({ ...state, input: null });
    return;
  }
  if (key.name === 'esc') {
    hands.set({ ...filtered(input, state, ''), input: null });
    return;
  }
  if (key.name === 'backspace' && textOf(input.line) === '') {
    hands.set({ ...state, input: null });
    return;
  }
  const line = edit(input.line, key);
  if (line !== null) {
    hands.set({ ...filtered(input, state, textOf(line).trim()), input: { ...input, line } });
  }
}

function filtered({ purpose }: Input, state: ConsoleState, filter: string): ConsoleState {
  return purpose === 'filter' ? filterBy(state, filter) : filterLedger(state, filter);
}

const longestHistory = 50;

function paletteKey(hands: Hands, input: Input, key: Key): void {
  const state = hands.state();
  const set = (change: Partial<Input>) => hands.set({ ...hands.state(), input: { ...input, ...change } });
  const offers = completionsFor(state, input.line.before);
  switch (key.name) {
    case 'esc':
    case 'ctrl+g':
      hands.set({ ...state, input: null });
      return;
    case 'backspace':
      if (textOf(input.line) === '') {
        hands.set({ ...state, input: null });
        return;
      }
      break;
    case 'enter':
      runLine(hands, textOf(input.line).trim());
      return;
    case 'tab':
    case 'right': {
      const [first] = offers;
      const { before, after } = input.line;
      // A word in the middle of the line is completed too; Right goes on through what stands behind it.
      const mayComplete = after === '' || (key.name === 'tab' && after.startsWith(' '));
      if (first !== undefined && mayComplete && first.line !== before) {
        const completed = offers.length === 1 ? first.line : (sharedStart(offers, before) ?? first.line);
        set({ line: { ...lineOf(completed), after } });
        return;
      }
      break;
    }
    case 'up':
    case 'ctrl+p':
    case 'down':
    case 'ctrl+n': {
      const by = key.name === 'up' || key.name === 'ctrl+p' ? 1 : -1;
      const recalled = Math.max(-1, Math.min(state.history.length - 1, input.recalled + by));
      const line = recalled === -1 ? emptyLine : lineOf(state.history[recalled] ?? '');
      set({ recalled, line });
      return;
    }
  }
  const line = edit(input.line, key);
  if (line !== null) {
    hands.set({ ...state, flash: null, input: { ...input, line, recalled: -1 } });
  }
}

/** The longest beginning that all offers have, when it is more than what is typed; as a shell's Tab does it. */
function sharedStart(offers: readonly { line: string }[], typed: string): string | null {
  const [first = '', ...others] = offers.map(({ line }) => line);
  let end = first.length;
  for (const other of others) {
    while (!other.startsWith(first.slice(0, end))) {
      end -= 1;
    }
  }
  return end > typed.length ? first.slice(0, end) : null;
}

/** Runs a line of the palette. What cannot run stays on the line, with the reason above it. */
function runLine(hands: Hands, line: string): void {
  const state = hands.state();
  if (line === '') {
    hands.set({ ...state, input: null });
    return;
  }
  const [, name = '', argument = ''] = /^(\S+)\s*(.*)$/u.exec(line) ?? [];
  const word = wordNamed(state, name);
  const history = [line, ...state.history.filter((one) => one !== line)].slice(0, longestHistory);
  const refuse = (reason: string) => hands.say(reason, 'refused');
  if (word === undefined) {
    refuse(
      unknown(
        'word',
        name,
        paletteWords(state).map((one) => one.name),
      ),
    );
    return;
  }
  const reason = word.disabledReason?.(state) ?? null;
  if (reason !== null) {
    refuse(`${word.name}: ${reason}`);
    return;
  }
  if (word.argument?.required && argument === '') {
    refuse(`${word.name} needs a ${word.argument.name.toLowerCase()}`);
    return;
  }
  hands.set({ ...state, history, input: null });
  const refused = word.run(hands, argument);
  if (refused !== null) {
    hands.set({ ...hands.state(), input: { purpose: 'palette', line: lineOf(line), recalled: -1 } });
    refuse(refused);
  }
}
