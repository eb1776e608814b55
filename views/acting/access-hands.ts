import { type AccessForm, emptyForm } from '#actions/desk/access-form.ts';
import type { AccessDeed, AccessWish } from '#actions/desk/access-port.ts';
import type { Grant } from '#ledger/access/grant.ts';
import { fieldsOf } from '../access/form-box.ts';
import { openedGrant } from '../access/moves.ts';
import { questionOf } from '../access/question.ts';
import type { AccessHands } from '../bindings/binding.ts';
import { emptyLine, lineOf, textOf } from '../components/edit-line.ts';
import {
  currentScreen,
  type DeedScreen,
  type FormScreen,
  withoutQuestion,
  withQuestion,
  withTop,
} from '../state/state.ts';
import type { ActingWorld } from './hands.ts';
import { wordsOf } from './words-of.ts';

let questions = 0;

/** What leads to a grant, decides about one, or takes one away: each asks the desk and changes the screen when it answers. */
export function accessHands({ desk, state, set, say, publish }: ActingWorld): AccessHands {
  const later = (work: () => Promise<void>) => {
    work()
      .catch((error: unknown) => say(wordsOf(error), 'bad'))
      .finally(publish);
  };
  /** The question that this answer is for; null when it was left. */
  const waiting = (id: number): FormScreen | DeedScreen | null => {
    const top = currentScreen(state());
    return (top.kind === 'form' || top.kind === 'deed') && top.id === id ? top : null;
  };
  const question = (deed: AccessDeed, form: FormScreen | null, said = '') => {
    questions += 1;
    const id = questions;
    const plan = 'grant' in deed ? deed.grant.plan : null;
    const screen: DeedScreen = {
      ...{ kind: 'deed', id, deed, story: null, form, stage: plan === null ? 'asking' : 'reading', paintedAt: null },
      ...{ said: lineOf(said), typed: emptyLine, field: questionOf(deed).said === null ? 'answer' : 'said', top: 0 },
    };
    set({ ...withQuestion(state(), screen), flash: null });
    if (plan !== null && 'grant' in deed) {
      // Nobody agrees to a plan before its lines were there to be read.
      later(async () => {
        const story = await (await desk).access.story(deed.grant);
        const open = waiting(id);
        if (open?.kind === 'deed') {
          set(withTop(state(), { ...open, story, stage: 'asking' }));
        }
      });
    }
  };
  /** What the ledger has about a grant, where its screen is open. */
  const readAgain = async (id: string) => {
    const grant = state().acting.standing?.access?.state.grants.get(id);
    if (grant === undefined || !state().above.some((one) => one.kind === 'grant' && one.grant === id)) {
      return;
    }
    const read = await (await desk).access.story(grant).then(
      (story) => ({ story, failure: null }),
      (error: unknown) => ({ story: null, failure: wordsOf(error) }),
    );
    const above = state().above.map((one) => (one.kind === 'grant' && one.grant === id ? { ...one, ...read } : one));
    set({ ...state(), above });
  };

  return {
    form(purpose, given, extended) {
      const grant = extended ?? null;
      questions += 1;
      const form: AccessForm = { ...emptyForm, ...given };
      const fields = {
        ...{ tenants: lineOf(form.tenants), actions: lineOf(form.actions), for: lineOf(form.for) },
        ...{ reason: lineOf(form.reason), ticket: lineOf(form.ticket), plan: lineOf(form.plan) },
      };
      const screen: FormScreen = {
        kind: 'form',
        id: questions,
        purpose,
        grant,
        fields,
        field: 'reason',
        stage: 'typing',
      };
      const first = fieldsOf(screen).find((field) => textOf(fields[field]) === '') ?? 'reason';
      set({ ...withQuestion(state(), { ...screen, field: first }), flash: null });
    },
    line(line) {
      later(async () => {
        const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/su.exec(line) ?? [];
        this.form(word === 'break-glass' ? 'break-glass' : 'request', (await desk).access.form(rest));
      });
    },
    submit() {
      const form = currentScreen(state());
      if (form.kind !== 'form' || form.stage !== 'typing') {
        return;
      }
      set(withTop({ ...state(), flash: null }, { ...form, stage: 'weighing' }));
      later(async () => {
        try {
          const wish = await (await desk).access.wish(typed(form));
          if (waiting(form.id) === null) {
            return;
          }
          const { purpose, grant } = form;
          question(
            purpose === 'extend' && grant !== null ? { kind: 'extend', grant, wish } : asking(purpose, wish),
            form,
          );
        } catch (error) {
          if (waiting(form.id) !== null) {
            set(withTop(state(), form));
          }
          throw error;
        }
      });
    },
    ask: (deed, said) => question(deed, null, said),
    agree(deed) {
      const screen = currentScreen(state());
      if (screen.kind !== 'deed' || screen.stage !== 'asking') {
        return;
      }
      const said = textOf(screen.said).trim();
      set(withTop({ ...state(), flash: null }, { ...screen, stage: 'doing' }));
      later(async () => {
        try {
          const { words, tone, grant } = await (await desk).access.perform(deed, said === '' ? null : said);
          if (waiting(screen.id) !== null) {
            set(withoutQuestion(state()));
          }
          if (grant !== null) {
            await readAgain(grant);
          }
          say(`${tone === 'bad' ? '!' : '●'} ${words}`, tone);
        } catch (error) {
          if (waiting(screen.id) !== null) {
            const below = withoutQuestion(state());
            set({ ...below, above: screen.form === null ? below.above : [...below.above, screen.form] });
          }
          throw error;
        }
      });
    },
    openGrant(id) {
      set(openedGrant(state(), id));
      later(() => readAgain(id));
    },
  };
}

function asking(purpose: FormScreen['purpose'], wish: AccessWish): AccessDeed {
  return { kind: purpose === 'break-glass' ? 'break-glass' : 'request', wish };
}

function typed({ fields, grant }: FormScreen): AccessForm {
  const form: AccessForm = {
    ...{ tenants: textOf(fields.tenants), actions: textOf(fields.actions), for: textOf(fields.for) },
    ...{ reason: textOf(fields.reason), ticket: textOf(fields.ticket), plan: textOf(fields.plan) },
  };
  return grant === null ? form : { ...form, ...scopeOf(grant) };
}

/** A grant is extended as it is: same actions, same tenants. */
function scopeOf({ tenants, actions }: Grant): Pick<AccessForm, 'tenants' | 'actions'> {
  return { tenants: tenants.join(','), actions: actions.join(',') };
}
