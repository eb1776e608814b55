import type { ActionFacts, ActionShape, Desk, Performed, Planned } from '#actions/desk/port.ts';
import type { ActingHands } from '../bindings/binding.ts';
import { emptyLine, lineOf, textOf } from '../components/edit-line.ts';
import {
  type ConsoleState,
  type FlashTone,
  openPlan,
  type PlanScreen,
  withoutQuestion,
  withQuestion,
  withTop,
} from '../state/state.ts';
import { wordsOf } from './words-of.ts';

export interface ActingWorld {
  /** Resolves once the estate was found; never where the console only looks. */
  readonly desk: Promise<Desk>;
  state(): ConsoleState;
  set(state: ConsoleState): void;
  say(text: string, tone: FlashTone): void;
  /** What changed behind the screen is to be seen. */
  publish(): void;
}

/** How many entries the ledger's screen holds. */
const entriesShown = 500;

/** What a line is completed from need not be newer. */
const longEnoughMs = 60_000;

let questions = 0;

/** What leads to an action and follows one: each asks the desk, and changes the screen when it has answered. */
export function actingHands({ desk, state, set, say, publish }: ActingWorld): ActingHands {
  const later = (work: () => Promise<void>) => {
    work()
      .catch((error: unknown) => say(wordsOf(error), 'bad'))
      .finally(publish);
  };
  const ask = (title: string, line: string | null): number => {
    questions += 1;
    const question: PlanScreen = {
      ...{ kind: 'plan', id: questions, line, title, stage: 'planning', planned: null, paintedAt: null },
      ...{ reason: emptyLine, typed: emptyLine, field: 'answer', top: 0 },
    };
    set({ ...withQuestion(state(), question), flash: null });
    return questions;
  };
  /** The question that this answer is for; null when it was left. */
  const waiting = (id: number): PlanScreen | null => {
    const open = openPlan(state());
    return open?.id === id ? open : null;
  };
  const leave = () => set(withoutQuestion(state()));
  /** It is on the screen already: recording it holds nobody up, and only its failure is told. */
  const recordRefused = (planned: Planned) => {
    later(async () => {
      await (await desk).recordRefused(planned).catch((error: unknown) => {
        throw new Error(`that it was refused could not be recorded: ${wordsOf(error)}`);
      });
    });
  };
  const planInto = async (id: number, plan: () => Promise<Planned>) => {
    try {
      const planned = await plan();
      const question = waiting(id);
      if (question === null) {
        return;
      }
      if (planned.plans.length === 0) {
        // The action chose among them (`--due`), and nobody is left.
        leave();
        say('nobody is owed it now: there is nothing to do', 'good');
        return;
      }
      if (planned.confirmation === null) {
        set(withTop(state(), asking(question, planned)));
        recordRefused(planned);
        return;
      }
      set(withTop(state(), { ...asking(question, planned), stage: 'checking' }));
      publish();
      const checked = await (await desk).check(planned);
      const still = waiting(id);
      if (still !== null) {
        set(withTop(state(), { ...asking(still, checked), top: still.top }));
        if (checked.confirmation === null) {
          recordRefused(checked);
        }
      }
    } catch (error) {
      const question = waiting(id);
      if (question !== null) {
        leave();
        if (question.line !== null) {
          set({ ...state(), input: { purpose: 'palette', line: lineOf(question.line), recalled: -1 } });
        }
        // Somebody who is not there yet is no typing mistake.
        const looking = state().picture?.settled === false ? ' (tenants are still being looked for)' : '';
        say(`${wordsOf(error)}${looking}`, 'refused');
      }
    }
  };
  const shapeOf = async (name: string): Promise<ActionShape> => {
    const known = state().acting.shapes.get(name) ?? (await (await desk).shapeOf(name));
    const { acting } = state();
    set({ ...state(), acting: { ...acting, shapes: new Map(acting.shapes).set(name, known) } });
    return known;
  };

  const readBackups = async (freshMs: number) => {
    const { backups, now } = state();
    if (backups?.readAt == null || now - backups.readAt >= freshMs) {
      (await desk).backups.read();
    }
  };

  return {
    begin(action, targets) {
      const id = ask(titleOf(action, targets), null);
      later(async () => {
        const { words, flags, asks } = await shapeOf(action.name);
        if (waiting(id) === null) {
          return;
        }
        // What is about the whole estate may still name tenants: an incident pins those that are hurt.
        const names =
          action.target === 'tenants'
            ? targets.map(quoted).join(' ')
            : flags.some(({ name }) => name === 'tenant')
              ? targets.map((name) => `--tenant ${quoted(name)}`).join(' ')
              : '';
        if (asks === null) {
          await planInto(id, async () => (await desk).plan(`${action.name} ${names}`.trim()));
          return;
        }
        leave();
        const line =
          words.length > 0 || names === ''
            ? { before: `${action.name} `, after: names === '' ? '' : ` ${names}` }
            : lineOf(`${action.name} ${names} ${asks}`);
        set({ ...state(), input: { purpose: 'palette', line, recalled: -1 } });
      });
    },
    plan(line) {
      const id = ask(line, line);
      later(() => planInto(id, async () => (await desk).plan(line)));
    },
    agree() {
      const question = openPlan(state());
      const planned = question?.planned ?? null;
      if (question === undefined || planned === null || planned.confirmation === null || question.stage !== 'asking') {
        return;
      }
      set(withTop({ ...state(), flash: null }, { ...question, stage: 'beginning' }));
      const typed = textOf(question.reason).trim();
      later(async () => {
        try {
          const begun = await (await desk).perform(planned, {
            reason: planned.reason ?? (typed === '' ? null : typed),
          });
          if (begun.status === 'refused') {
            set(withTop(state(), refused(question, planned, begun)));
            return;
          }
          leave();
          if (planned.plans.length > 1) {
            set({ ...state(), tenants: { ...state().tenants, marks: new Set() } });
          }
          say(`» ${question.title}: begun`, 'said');
        } catch (error) {
          leave();
          throw error;
        }
      });
    },
    undo(operation) {
      const id = ask('Undo', null);
      later(() => planInto(id, async () => (await desk).planUndo(operation)));
    },
    stop(operation) {
      later(async () => {
        await (await desk).stop(operation);
        say('it is asked to end between two steps; what it has done stays done', 'said');
      });
    },
    openLedger(operation) {
      const below = state().above.filter(
        ({ kind }) => kind === 'tenant' || (operation !== null && kind === 'operations'),
      );
      const screen = { kind: 'ledger', operation, entries: null, failure: null, filter: '' } as const;
      set({ ...state(), above: [...below, { ...screen, cursor: null, place: 0, top: 0 }] });
      later(async () => {
        const read = await (await desk).entries({ operation, limit: entriesShown }).then(
          (entries) => ({ entries, failure: null }),
          (error: unknown) => ({ entries: [], failure: wordsOf(error) }),
        );
        set({
          ...state(),
          above: state().above.map((one) =>
            one.kind === 'ledger' && one.operation === operation ? { ...one, ...read } : one,
          ),
        });
      });
    },
    readBackups(freshMs) {
      later(() => readBackups(freshMs));
    },
    need(action) {
      if (!state().acting.shapes.has(action)) {
        later(async () => {
          const { flags } = await shapeOf(action);
          if (flags.some(({ completion }) => completion === 'backup' || completion === 'database')) {
            await readBackups(longEnoughMs);
          }
        });
      }
    },
  };
}

function asking(question: PlanScreen, planned: Planned): PlanScreen {
  const [first] = planned.plans;
  const whom = planned.plans.length > 1 ? `${planned.plans.length} tenants` : (first?.confirmWith ?? '');
  return {
    ...question,
    title: whom === first?.action ? planned.title : `${planned.title} ${whom}`.trim(),
    stage: 'asking',
    planned,
    field: planned.needsReason && planned.confirmation !== null ? 'reason' : 'answer',
  };
}

/** What the ledger refused when it was to be recorded, in the place of the question. */
function refused(
  question: PlanScreen,
  planned: Planned,
  { refusal }: Extract<Performed, { status: 'refused' }>,
): PlanScreen {
  const { by, message, until, wayOut, reason } = refusal;
  const wayToGrant = reason === 'no-grant' ? wayOut : null;
  const plans = planned.plans.map((plan, index) =>
    index === 0 ? { ...plan, blockers: [{ by, reason: message, until, wayOut }, ...plan.blockers] } : plan,
  );
  return { ...question, stage: 'asking', top: 0, planned: { ...planned, plans, confirmation: null, wayToGrant } };
}

function titleOf({ title }: ActionFacts, targets: readonly string[]): string {
  return `${title} ${targets.length > 1 ? `${targets.length} tenants` : (targets[0] ?? '')}`.trim();
}

function quoted(name: string): string {
  return /^[\w.-]+$/u.test(name) ? name : `'${name}'`;
}
