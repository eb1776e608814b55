import type { AccessDeed } from '#actions/desk/access-port.ts';
import { labelling } from '../components/labelled.ts';
import { type Span, span } from '../components/line.ts';
import type { ConsoleState, DeedScreen } from '../state/state.ts';
import { grantBody, permitRows } from './grant-body.ts';
import { rowNamed } from './rows.ts';
import { demandRows } from './wish-body.ts';

/** A key that answers, and the deed that it agrees to. */
export interface Answer {
  readonly key: string;
  readonly words: string;
  readonly deed: AccessDeed;
}

/** How a deed is asked about: what may be said with it, and which answer agrees. */
export interface Question {
  readonly title: string;
  /** null: nothing more is said with it. */
  readonly said: { readonly label: string; readonly isNeeded: boolean } | null;
  readonly answers: readonly Answer[];
  /** What has to be typed out; null where a key is enough. */
  readonly typed: string | null;
}

export function questionOf(deed: AccessDeed): Question {
  const yes = (words: string): readonly Answer[] => [{ key: 'y', words, deed }];
  const why = (isNeeded: boolean) => ({ label: 'Reason', isNeeded });
  switch (deed.kind) {
    case 'request':
      return { title: 'Ask for access', said: null, answers: yes('asks for it'), typed: null };
    case 'extend':
      return {
        title: `Ask for more time for ${deed.grant.subject}`,
        said: null,
        answers: yes('asks for it'),
        typed: null,
      };
    case 'break-glass': {
      const [first = ''] = deed.wish.tenants;
      const typed = deed.wish.tenants.length === 1 ? first : `${deed.wish.tenants.length} tenants`;
      return { title: '! BREAK GLASS: access that nobody approves', said: null, answers: [], typed };
    }
    case 'approve':
      return {
        title: `Approve for ${deed.group}: ${deed.grant.subject}`,
        said: { label: 'Comment', isNeeded: false },
        answers: yes(`approves it for ${deed.group}`),
        typed: null,
      };
    case 'activate':
      return { title: `Start: ${deed.grant.subject}`, said: null, answers: yes('starts its clock'), typed: null };
    case 'review':
      return {
        title: `Review of break-glass by ${deed.grant.subject}`,
        said: { label: 'Note', isNeeded: true },
        answers: [
          { key: 'j', words: 'it was justified', deed: { ...deed, verdict: 'justified' } },
          { key: 'x', words: 'it was not', deed: { ...deed, verdict: 'not-justified' } },
        ],
        typed: null,
      };
    case 'lock':
      return { title: `Lock ${deed.person}`, said: why(true), answers: [], typed: deed.person };
    case 'unlock':
      return { title: `Unlock ${deed.person}`, said: why(false), answers: yes('takes every lock off'), typed: null };
    default:
      return {
        title: `${titles[deed.kind]}: ${deed.grant.subject}`,
        said: why(false),
        answers: yes(does[deed.kind]),
        typed: null,
      };
  }
}

const titles = { deny: 'Deny', withdraw: 'Withdraw', end: 'End', revoke: 'Revoke' } as const;
const does = {
  deny: 'denies it; that ends the request',
  withdraw: 'takes the request back',
  end: 'ends it now',
  revoke: 'takes it away now',
} as const;

/** What is agreed to, first of all what it permits. */
export function deedBody(
  state: ConsoleState,
  { deed, story, stage }: DeedScreen,
  width: number,
): readonly (readonly Span[])[] {
  if (stage === 'reading') {
    return [[span('… reading the plan that it is for', 'text.secondary')]];
  }
  switch (deed.kind) {
    case 'request':
    case 'extend':
    case 'break-glass':
      return [...permitRows(deed.wish, width), ...demandRows(deed, width)];
    case 'lock':
    case 'unlock':
      return lockRows(state, deed.person, width);
    default: {
      // Pinned as it was shown; only the time goes on.
      const row = rowNamed(state, deed.grant.grant);
      return row === undefined
        ? permitRows(deed.grant, width)
        : grantBody(state, { ...row, grant: deed.grant }, width, story);
    }
  }
}

function lockRows(state: ConsoleState, person: string, width: number): readonly (readonly Span[])[] {
  const labelled = labelling(width);
  const { access } = state.acting.standing ?? { access: null };
  const grants = access === null ? [] : [...access.state.grants.values()];
  const live = grants
    .map(({ grant, subject }) => (subject === person ? rowNamed(state, grant) : undefined))
    .filter((row) => row !== undefined && ['pending', 'approved', 'active'].includes(row.status));
  return [
    ...labelled('Person', person, 'text.strong'),
    ...labelled(
      'Holds',
      live.length === 0 ? 'nothing that is open' : `${live.length} open ${live.length === 1 ? 'grant' : 'grants'}`,
    ),
    ...live.flatMap((row) =>
      row === undefined
        ? []
        : labelled('', `${row.status}: ${row.grant.actions.join(', ')} on ${row.grant.tenants.join(', ')}`),
    ),
    ...labelled('', 'a lock holds them at once, whatever they were granted; somebody else takes it off'),
  ];
}
