import { deedKey } from './access/deed-keys.ts';
import { formKey } from './access/form-keys.ts';
import type { Hands } from './bindings/binding.ts';
import { bindingOf } from './bindings/index.ts';
import { helpKey } from './help/keys.ts';
import { inputKey } from './palette/keys.ts';
import { planKey } from './plan/keys.ts';
import { currentScreen, liesOver } from './state/state.ts';
import type { Key } from './terminal/keys.ts';

/** These work whatever is open, even while a line is being typed. */
const always = new Set(['ctrl+c', 'ctrl+z', 'ctrl+l']);

/** What a key does now: for the line being typed, for the help, or by the binding of this screen. */
export function dispatch(hands: Hands, key: Key): void {
  const state = hands.state();
  const isTyping = state.input !== null || liesOver(currentScreen(state));
  const binding = isTyping && !always.has(key.name) ? undefined : bindingOf(state, key.name);
  if (binding === undefined && key.name.startsWith('alt+') && key.name !== 'alt+backspace') {
    dispatch(hands, { name: 'esc', text: '' });
    dispatch(hands, withoutAlt(key));
    return;
  }
  if (isTyping && binding === undefined) {
    typed(hands, key);
    return;
  }
  if (state.flash !== null) {
    hands.set({ ...state, flash: null });
  }
  const reason = binding?.disabledReason?.(state) ?? null;
  if (reason === null) {
    binding?.run(hands);
  } else {
    hands.say(reason, 'refused');
  }
}

function typed(hands: Hands, key: Key): void {
  const state = hands.state();
  const screen = currentScreen(state);
  if (state.input !== null) {
    inputKey(hands, state.input, key);
  } else if (screen.kind === 'help') {
    helpKey(hands, screen, key);
  } else if (screen.kind === 'plan') {
    planKey(hands, screen, key);
  } else if (screen.kind === 'deed') {
    deedKey(hands, screen, key);
  } else if (screen.kind === 'form') {
    formKey(hands, screen, key);
  }
}

/** On a slow line Esc and the key after it arrive together, as Alt does: nothing of ours is on Alt, so they were two. */
function withoutAlt({ name }: Key): Key {
  const rest = name.slice('alt+'.length);
  return { name: rest, text: rest === 'space' ? ' ' : [...rest].length === 1 ? rest : '' };
}
