import type { Hands } from './bindings/binding.ts';
import { bindingOf } from './bindings/index.ts';
import { helpKey } from './help/keys.ts';
import { inputKey } from './palette/keys.ts';
import { currentScreen } from './state/state.ts';
import type { Key } from './terminal/keys.ts';

/** These work whatever is open, even while a line is being typed. */
const always = new Set(['ctrl+c', 'ctrl+z', 'ctrl+l']);

/** What a key does now: for the line being typed, for the help, or by the binding of this screen. */
export function dispatch(hands: Hands, key: Key): void {
  const state = hands.state();
  const screen = currentScreen(state);
  if (!always.has(key.name)) {
    if (state.input !== null) {
      inputKey(hands, state.input, key);
      return;
    }
    if (screen.kind === 'help') {
      helpKey(hands, screen, key);
      return;
    }
  }
  const binding = bindingOf(state, key.name);
  if (state.flash !== null) {
    hands.set({ ...state, flash: null });
  }
  if (binding === undefined) {
    return;
  }
  const reason = binding.disabledReason?.(state) ?? null;
  if (reason === null) {
    binding.run(hands);
  } else {
    hands.say(reason, 'refused');
  }
}
