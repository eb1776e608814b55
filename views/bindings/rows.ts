import type { Move } from '../components/list.ts';
import type { ConsoleState, KeyedScreen } from '../state/state.ts';
import type { Binding } from './binding.ts';
import { changes } from './changes.ts';

/** The keys that move within a list, the same on every screen that is one. */
export function movingKeys(
  where: KeyedScreen['kind'],
  move: (state: ConsoleState, to: Move) => ConsoleState,
): readonly Binding[] {
  const moving = (name: string, keys: readonly string[], title: string, to: Move): Binding => ({
    id: `${where}-${name}`,
    keys,
    title,
    where,
    run: changes((state) => move(state, to)),
  });
  return [
    moving('next', ['j', 'down'], 'Next row', (place) => place + 1),
    moving('previous', ['k', 'up'], 'Previous row', (place) => place - 1),
    moving('page-down', ['pagedown', 'space', 'ctrl+f'], 'A page down', (place, _, page) => place + page),
    moving('page-up', ['pageup', 'ctrl+b'], 'A page up', (place, _, page) => place - page),
    moving('first', ['g', 'home'], 'First row', () => 0),
    moving('last', ['G', 'end'], 'Last row', (_, count) => count - 1),
  ];
}

/** Esc and its like: back to the screen below. */
export function backKey(where: KeyedScreen['kind']): Binding {
  return {
    id: `${where}-back`,
    keys: ['esc', 'left', 'h', 'backspace'],
    title: 'Back',
    hint: 'back',
    where,
    run: changes((state) => ({ ...state, above: state.above.slice(0, -1) })),
  };
}
