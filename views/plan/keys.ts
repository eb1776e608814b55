import type { Planned } from '#actions/desk/port.ts';
import type { Hands } from '../bindings/binding.ts';
import { edit, textOf } from '../components/edit-line.ts';
import { type ConsoleState, type PlanScreen, withoutQuestion, withTop } from '../state/state.ts';
import type { Key } from '../terminal/keys.ts';
import { planBody } from './body.ts';
import { offerOf } from './offer.ts';

/** What a key does while a plan asks. Nothing but the very answer agrees; what is refused has no answer. */
export function planKey(hands: Hands, screen: PlanScreen, key: Key): void {
  const state = hands.state();
  if (screen.stage !== 'beginning' && (key.name === 'esc' || key.name === 'ctrl+g')) {
    hands.set(left(state));
    return;
  }
  if (screen.planned === null || screen.stage === 'beginning') {
    return;
  }
  const scroll = scrolls[key.name];
  if (scroll !== undefined) {
    const last = Math.max(0, planBody(screen.planned, state.columns - 5, state.now).length - 1);
    hands.set(withTop(state, { ...screen, top: Math.max(0, Math.min(last, screen.top + scroll)) }));
    return;
  }
  if (screen.stage === 'asking' && screen.planned.confirmation === null) {
    offerKey(hands, screen.planned, key);
    return;
  }
  if (screen.stage !== 'asking') {
    return;
  }
  if (screen.field === 'reason') {
    reasonKey(hands, screen, key);
  } else {
    answerKey(hands, screen, key);
  }
}

/** What is refused for want of a grant leads to one. */
function offerKey(hands: Hands, planned: Planned, { name }: Key): void {
  const offer = name === 'n' ? offerOf(planned) : null;
  if (offer === null) {
    return;
  }
  const [word = '', id = ''] = offer.line.split(' ');
  const grant = hands.state().acting.standing?.access?.state.grants.get(id);
  switch (true) {
    case word === 'request' || word === 'break-glass':
      hands.access.line(offer.line);
      return;
    case word === 'activate' && grant !== undefined:
      hands.access.ask({ kind: 'activate', grant });
      return;
    default:
      hands.set(withoutQuestion(hands.state()));
      hands.access.openGrant(id);
  }
}

const scrolls: Readonly<Record<string, number>> = { up: -1, down: 1, pageup: -8, pagedown: 8 };

function reasonKey(hands: Hands, screen: PlanScreen, key: Key): void {
  const state = hands.state();
  if (key.name === 'enter' || key.name === 'tab') {
    if (textOf(screen.reason).trim() === '') {
      hands.say('say why: it is recorded with what is done', 'refused');
    } else if (key.name === 'enter' && screen.planned?.confirmation?.kind === 'none') {
      hands.acting.agree();
    } else {
      hands.set(withTop({ ...state, flash: null }, { ...screen, field: 'answer' }));
    }
    return;
  }
  const reason = edit(screen.reason, key);
  if (reason !== null) {
    hands.set(withTop({ ...state, flash: null }, { ...screen, reason }));
  }
}

function answerKey(hands: Hands, screen: PlanScreen, key: Key): void {
  const state = hands.state();
  const confirmation = screen.planned?.confirmation;
  if ((key.name === 'shift+tab' || key.name === 'tab') && screen.planned?.needsReason === true) {
    hands.set(withTop(state, { ...screen, field: 'reason' }));
    return;
  }
  switch (confirmation?.kind) {
    case 'none':
      if (key.name === 'enter') {
        hands.acting.agree();
      }
      return;
    case 'yes':
      if (key.name === 'y') {
        hands.acting.agree();
      } else if (key.name === 'n') {
        hands.set(left(state));
      }
      return;
    case 'typed': {
      if (key.name === 'enter') {
        if (textOf(screen.typed).trim() === confirmation.text) {
          hands.acting.agree();
        } else {
          hands.say(`that is not ${confirmation.text}; nothing was done`, 'refused');
        }
        return;
      }
      const typed = edit(screen.typed, key);
      if (typed !== null) {
        hands.set(withTop({ ...state, flash: null }, { ...screen, typed }));
      }
      return;
    }
  }
}

function left(state: ConsoleState): ConsoleState {
  return { ...withoutQuestion(state), flash: null };
}
