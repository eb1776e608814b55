import type { ActionFacts } from '#actions/desk/port.ts';
import { heldBack, isRuled } from '../access/now.ts';
import { selectedStanding } from '../backups/moves.ts';
import { localDay } from '../components/clock.ts';
import { selectedDrill } from '../drills/moves.ts';
import { modeOf } from '../state/mode.ts';
import { type ConsoleState, screenBelow } from '../state/state.ts';
import { tenantUnderCursor } from '../tenants/rows.ts';
import type { Binding } from './binding.ts';

/** The keys of actions, from their definitions, for the table and for a tenant's screen. */
export function actionBindings({ acting: { actions } }: ConsoleState): readonly Binding[] {
  if (last.actions !== actions) {
    last = {
      actions,
      bindings: (['tenants', 'tenant'] as const).flatMap((where) => actions.flatMap(bindingAt(where))),
    };
  }
  return last.bindings;
}

let last: { readonly actions: readonly ActionFacts[] | null; readonly bindings: readonly Binding[] } = {
  actions: null,
  bindings: [],
};

function bindingAt(where: 'tenants' | 'tenant') {
  return (action: ActionFacts): readonly Binding[] =>
    action.key === null
      ? []
      : [
          {
            id: `${where === 'tenants' ? 'act' : 'act-here'}-${action.name}`,
            keys: [action.key],
            title: action.title + (action.target === 'tenants' ? `: ${action.summary}` : ''),
            hint: action.title.toLowerCase(),
            kind: 'action',
            where,
            disabledReason: (state) => whyNot(action, state),
            run: (hands) => hands.acting.begin(action, targetsOf(hands.state())),
          },
        ];
}

/** Whom a key is for: the marked tenants, else the one under the cursor or on the screen. */
export function targetsOf(state: ConsoleState): readonly string[] {
  const screen = screenBelow(state);
  if (screen.kind === 'tenant' || screen.kind === 'tenant-backups' || screen.kind === 'backup') {
    return [screen.tenant];
  }
  if (screen.kind === 'backups' || screen.kind === 'drills') {
    const tenant = screen.kind === 'backups' ? selectedStanding(state)?.tenant : selectedDrill(state)?.tenant;
    return tenant === undefined ? [] : [tenant];
  }
  const known = new Set(state.picture?.tenants.map(({ tenant }) => tenant));
  const marked = [...state.tenants.marks].filter((name) => known.has(name));
  const here = tenantUnderCursor(state);
  return marked.length > 0 ? marked : here === undefined ? [] : [here.tenant];
}

/** Why an action cannot even be planned for them; a plan says the rest. */
export function whyNot(action: ActionFacts, state: ConsoleState): string | null {
  const { picture, fromDisk, now } = state;
  const isJudged = action.free === 'never';
  const held = isJudged ? heldBack(state) : null;
  if (held !== null) {
    return held;
  }
  // Where a policy rules, the plan says what is missing and leads to it.
  if (isJudged && !isRuled(state) && modeOf(state)?.isReadOnly === true) {
    return 'READ-ONLY: till --write opens it for one run, mode: READ-WRITE for good';
  }
  if (picture === null || fromDisk) {
    return 'the estate is still being read';
  }
  if (action.target === 'estate') {
    return null;
  }
  const targets = targetsOf(state);
  if (targets.length === 0) {
    return 'no tenant is shown';
  }
  const frozen = isJudged ? frozenAmong(action, targets, state) : undefined;
  return frozen === undefined
    ? null
    : `${frozen.tenant} is frozen by ${frozen.name} until ${localDay(frozen.until, now)}: wait, or :thaw ${frozen.name}`;
}

function frozenAmong(action: ActionFacts, targets: readonly string[], { picture, acting }: ConsoleState) {
  const recorded = acting.standing?.freezes ?? [];
  const by = recorded.find(
    ({ tenants, allows }) => !allows.includes(action.name) && targets.some((name) => tenants.includes(name)),
  );
  if (by !== undefined) {
    return { ...by, tenant: targets.find((name) => by.tenants.includes(name)) ?? '' };
  }
  for (const { tenant, frozen } of picture?.tenants ?? []) {
    const isRecorded = recorded.some(({ name }) => name === frozen?.name);
    if (frozen !== null && !isRecorded && targets.includes(tenant)) {
      return { ...frozen, tenant };
    }
  }
  return undefined;
}
