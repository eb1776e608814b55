import type { ActionFacts, ActionShape } from '#actions/desk/port.ts';
import type { Flag } from '#grammar/command.ts';
import type { ConsoleState } from '../state/state.ts';
import { backupIds, restoredDatabases } from './backup-ids.ts';
import type { Candidate, PaletteWord } from './words.ts';

/** The actions as words: `:scale maple-toys --web 6` is `till scale maple-toys --web 6`. */
export function actionWords({ acting: { actions } }: ConsoleState): readonly PaletteWord[] {
  if (last.actions !== actions) {
    last = { actions, words: actions.map(wordOf) };
  }
  return last.words;
}

let last: { readonly actions: readonly ActionFacts[] | null; readonly words: readonly PaletteWord[] } = {
  actions: null,
  words: [],
};

function wordOf(action: ActionFacts): PaletteWord {
  const { name, title, summary, target } = action;
  return {
    name,
    title: summary === '' ? title : summary,
    disabledReason: ({ picture, fromDisk }) => (picture === null || fromDisk ? 'the estate is still being read' : null),
    argument: {
      name: target === 'tenants' ? 'TENANT' : 'WORDS',
      required: false,
      candidates: (state, typed) => candidatesFor(action, state, typed.split(/\s+/u).filter(Boolean)),
    },
    run: (hands, argument) => {
      hands.acting.plan(`${name} ${argument}`.trim());
      return null;
    },
  };
}

/** The action that a line begins with, once its word is whole. */
export function actionOnLine({ acting: { actions } }: ConsoleState, line: string): string | null {
  const [, name] = /^\s*(\S+)\s/u.exec(line) ?? [];
  return actions.some((action) => action.name === name) ? (name ?? null) : null;
}

function candidatesFor(action: ActionFacts, state: ConsoleState, before: readonly string[]): readonly Candidate[] {
  const shape = state.acting.shapes.get(action.name);
  if (shape === undefined) {
    return [];
  }
  const previous = before.at(-1) ?? '';
  const asked = shape.flags.find(({ name, value }) => value !== undefined && previous === `--${name}`);
  if (asked !== undefined) {
    return valuesOf(asked, state, before);
  }
  const place = wordsTyped(before, shape).length;
  const word = shape.words[place];
  if (word !== undefined) {
    return word.choices.map((value) => ({ value: `${value} `, note: word.name }));
  }
  const typed = new Set(before);
  const flags = shape.flags
    .filter(({ name, multiple }) => multiple === true || !typed.has(`--${name}`))
    .map(({ name, value, summary }) => ({ value: `--${name}${value === undefined ? '' : ' '}`, note: summary }));
  if (action.target !== 'tenants') {
    return flags;
  }
  const others = tenants(state).filter(({ value }) => !typed.has(value));
  // With somebody named, what is still to be said comes first.
  return others.length < (state.picture?.tenants.length ?? 0) ? [...flags, ...others] : [...others, ...flags];
}

/** The words among what was typed that are neither flags nor a flag's value. */
function wordsTyped(before: readonly string[], { flags }: ActionShape): readonly string[] {
  const valued = new Set(flags.filter(({ value }) => value !== undefined).map(({ name }) => `--${name}`));
  return before.filter((word, index) => !word.startsWith('-') && !valued.has(before[index - 1] ?? ''));
}

function valuesOf({ completion, summary }: Flag, state: ConsoleState, before: readonly string[]): readonly Candidate[] {
  const every = (pick: (tenant: TenantOfPicture) => string | null) =>
    [...new Set((state.picture?.tenants ?? []).map(pick).filter((one) => one !== null))].sort();
  const named = (values: readonly string[]) => values.map((one) => ({ value: one, note: summary }));
  switch (completion) {
    case 'tenant':
      return tenants(state);
    case 'tier':
      return named(state.estate.tiers);
    case 'environment':
      return named(every(({ environment }) => environment));
    case 'retailer':
      return named(every(({ retailer }) => retailer));
    case 'cluster':
      return named(every(({ cluster }) => cluster));
    case 'backup':
      return backupIds(state, before);
    case 'database':
      return restoredDatabases(state, before);
    default:
      return Array.isArray(completion) ? named(completion) : [];
  }
}

type TenantOfPicture = NonNullable<ConsoleState['picture']>['tenants'][number];

function tenants({ picture }: ConsoleState): readonly Candidate[] {
  return (picture?.tenants ?? []).map(({ tenant, grade }) => ({ value: tenant, note: grade === 'ok' ? '' : grade }));
}
