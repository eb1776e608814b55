import type { Hands } from '../bindings/binding.ts';
import { edit, textOf } from '../components/edit-line.ts';
import { type ConsoleState, type FormScreen, withoutQuestion, withTop } from '../state/state.ts';
import type { Key } from '../terminal/keys.ts';
import { fieldsOf, isNeeded } from './form-box.ts';

/** What a key does while a request is typed. Enter goes to what is missing, and on to the question when nothing is. */
export function formKey(hands: Hands, screen: FormScreen, key: Key): void {
  const state = hands.state();
  if (key.name === 'esc' || key.name === 'ctrl+g') {
    hands.set({ ...withoutQuestion(state), flash: null });
    return;
  }
  if (screen.stage === 'weighing') {
    return;
  }
  const step = steps[key.name];
  if (step !== undefined) {
    hands.set(turned(state, screen, step));
    return;
  }
  if (key.name === 'enter') {
    const missing = fieldsOf(screen).find((field) => isNeeded(field) && textOf(screen.fields[field]).trim() === '');
    if (missing === undefined) {
      hands.access.submit();
    } else {
      hands.set(withTop({ ...state, flash: null }, { ...screen, field: missing }));
    }
    return;
  }
  const line = edit(screen.fields[screen.field], key);
  if (line !== null) {
    const fields = { ...screen.fields, [screen.field]: line };
    hands.set(withTop({ ...state, flash: null }, { ...screen, fields }));
  }
}

const steps: Readonly<Record<string, number>> = { tab: 1, down: 1, 'shift+tab': -1, up: -1 };

function turned(state: ConsoleState, screen: FormScreen, by: number): ConsoleState {
  const fields = fieldsOf(screen);
  const next = fields[(fields.indexOf(screen.field) + by + fields.length) % fields.length] ?? screen.field;
  return withTop({ ...state, flash: null }, { ...screen, field: next });
}
