import type { ConsoleState } from '../state/state.ts';
import type { Hands } from './binding.ts';

/** A binding that only changes the state. */
export function changes(change: (state: ConsoleState) => ConsoleState): (hands: Hands) => void {
  return (hands) => hands.set(change(hands.state()));
}
