import { modeNow, modeWords } from '#policy/access/mode.ts';
import type { Token } from '#themes/index.ts';
import { accessOf } from '../access/now.ts';
import type { ConsoleState } from './state.ts';

/** What this console may do, as its header says it. */
export interface ShownMode {
  readonly isReadOnly: boolean;
  readonly words: string;
  readonly token: Token;
}

const readOnly: ShownMode = { isReadOnly: true, words: 'READ-ONLY', token: 'mode.readOnly' };

/** Judged anew in every frame, so that what is over is over without anybody saying so; null while it is not known. */
export function modeOf(state: ConsoleState): ShownMode | null {
  const { picture, estate, acting } = state;
  const mode = picture?.estate.mode ?? estate.mode;
  if (mode === null) {
    return null;
  }
  const isOpened = mode === 'READ-ONLY' && estate.isOpened === true;
  const access = accessOf(state);
  const now = access === null ? null : modeNow(access, isOpened ? 'READ-WRITE' : mode);
  if (now?.mode === 'ELEVATED') {
    return { isReadOnly: false, words: modeWords(now), token: 'mode.elevated' };
  }
  if (now?.mode === 'READ-ONLY' || acting.standing?.isAway === true || (mode === 'READ-ONLY' && !isOpened)) {
    return readOnly;
  }
  return { isReadOnly: false, words: isOpened ? 'READ-WRITE by --write' : mode, token: 'mode.readWrite' };
}
