import type { Hands } from '../bindings/binding.ts';
import { edit, textOf } from '../components/edit-line.ts';
import { type DeedScreen, withoutQuestion, withTop } from '../state/state.ts';
import type { Key } from '../terminal/keys.ts';
import { hasAnswer } from './deed-box.ts';
import { deedBody, questionOf } from './question.ts';

const scrolls: Readonly<Record<string, number>> = { up: -1, down: 1, pageup: -8, pagedown: 8 };

/** What a key does while a grant is asked about. Nothing but the very answer agrees. */
export function deedKey(hands: Hands, screen: DeedScreen, key: Key): void {
  const state = hands.state();
  if (screen.stage !== 'doing' && (key.name === 'esc' || key.name === 'ctrl+g')) {
    const below = withoutQuestion(state);
    hands.set({ ...below, flash: null, above: screen.form === null ? below.above : [...below.above, screen.form] });
    return;
  }
  const scroll = scrolls[key.name];
  if (scroll !== undefined) {
    const last = Math.max(0, deedBody(state, screen, state.columns - 5).length - 1);
    hands.set(withTop(state, { ...screen, top: Math.max(0, Math.min(last, screen.top + scroll)) }));
    return;
  }
  if (screen.stage !== 'asking' || !hasAnswer(screen)) {
    return;
  }
  if (screen.field === 'said') {
    saidKey(hands, screen, key);
  } else {
    answerKey(hands, screen, key);
  }
}

function saidKey(hands: Hands, screen: DeedScreen, key: Key): void {
  const state = hands.state();
  if (key.name === 'enter' || key.name === 'tab') {
    if (questionOf(screen.deed).said?.isNeeded === true && textOf(screen.said).trim() === '') {
      hands.say('say why: it is recorded', 'refused');
    } else {
      hands.set(withTop({ ...state, flash: null }, { ...screen, field: 'answer' }));
    }
    return;
  }
  const said = edit(screen.said, key);
  if (said !== null) {
    hands.set(withTop({ ...state, flash: null }, { ...screen, said }));
  }
}

function answerKey(hands: Hands, screen: DeedScreen, key: Key): void {
  const state = hands.state();
  const question = questionOf(screen.deed);
  if ((key.name === 'shift+tab' || key.name === 'tab') && question.said !== null) {
    hands.set(withTop(state, { ...screen, field: 'said' }));
    return;
  }
  if (question.typed === null) {
    const answer = question.answers.find((one) => one.key === key.name);
    if (answer !== undefined) {
      hands.access.agree(answer.deed);
    }
    return;
  }
  if (key.name !== 'enter') {
    const typed = edit(screen.typed, key);
    if (typed !== null) {
      hands.set(withTop({ ...state, flash: null }, { ...screen, typed }));
    }
  } else if (textOf(screen.typed).trim() === question.typed) {
    hands.access.agree(screen.deed);
  } else {
    hands.say(`that is not ${question.typed}; nothing was done`, 'refused');
  }
}
