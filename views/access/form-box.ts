import type { AccessForm } from '#actions/desk/access-form.ts';
import { type Box, typedRow } from '../components/box.ts';
import { textOf } from '../components/edit-line.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import { wrapWords } from '../components/wrap.ts';
import type { ConsoleState, FormScreen } from '../state/state.ts';
import { permitRows } from './grant-body.ts';

const labels: Readonly<Record<keyof AccessForm, string>> = {
  tenants: 'Tenants',
  actions: 'Actions',
  for: 'For',
  reason: 'Reason',
  ticket: 'Ticket',
  plan: 'Plan',
};

/** What is asked, in the order that it is asked in. What a grant is extended by is all that can be said of that. */
export function fieldsOf({ purpose, fields }: FormScreen): readonly (keyof AccessForm)[] {
  const most = ['tenants', 'actions', 'for', 'reason', 'ticket'] as const;
  switch (purpose) {
    case 'extend':
      return ['for', 'reason', 'ticket'];
    case 'break-glass':
      return most;
    case 'request':
      return textOf(fields.plan) === '' ? most : [...most, 'plan'];
  }
}

/** Nothing is asked for without these. */
export function isNeeded(field: keyof AccessForm): boolean {
  return field !== 'ticket' && field !== 'plan';
}

export function formBox(state: ConsoleState, screen: FormScreen): Box {
  const { purpose, grant, stage } = screen;
  return {
    title: {
      request: 'Ask for access',
      'break-glass': '! BREAK GLASS: access that nobody approves',
      extend: 'Ask for more time',
    }[purpose],
    body: (width) => [
      ...(purpose === 'extend' && grant !== null ? [...permitRows(grant, width), []] : []),
      ...fieldsOf(screen).map((field) => fieldRow(screen, field, width)),
    ],
    question: (width) => [
      [],
      ...(stage === 'weighing'
        ? [[span('… asking the policy what it takes', 'text.secondary')]]
        : wrapWords(legible(hintOf(state, screen)), width, 2).map((text) => [span(text, 'text.secondary')])),
    ],
    top: 0,
    keys: [
      ['Enter', 'go on'],
      ['Tab', 'next field'],
      ['Esc', 'leave'],
    ],
  };
}

function fieldRow({ fields, field: here, stage }: FormScreen, field: keyof AccessForm, width: number): readonly Span[] {
  return typedRow(labels[field].padEnd(9), fields[field], field === here && stage === 'typing', width);
}

/** What may stand in the field that is being typed in. */
function hintOf({ acting: { actions } }: ConsoleState, { field, purpose }: FormScreen): string {
  switch (field) {
    case 'tenants':
      return 'names or globs, commas between; they are frozen into names';
    case 'actions':
      return `what is to be done there, commas between: ${actions.flatMap(({ name, free }) => (free === 'always' ? [] : [name])).join(', ')}`;
    case 'for':
      return 'how long, from the moment it is started: 45m, 4h; keep it short';
    case 'reason':
      return purpose === 'break-glass'
        ? 'why nobody can be asked first: it goes to everybody who is skipped, and to the auditor'
        : 'why: approvers read it, and auditors';
    case 'ticket':
      return 'the ticket that asks for it, if there is one; Enter goes on';
    case 'plan':
      return 'only the plan with this digest, once';
  }
}
