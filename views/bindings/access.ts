import { statusAt } from '#ledger/access/grant.ts';
import {
  mayActivate,
  mayApprove,
  mayDeny,
  mayEnd,
  mayReview,
  mayRevoke,
  mayWithdraw,
} from '#ledger/access/grant-laws.ts';
import type { Case } from '#ledger/access/law.ts';
import { TillError } from '#text/till-error.ts';
import { moveGrant, openedAccess, scrollGrant, selectedGrant } from '../access/moves.ts';
import { accessOf, heldBack } from '../access/now.ts';
import type { GrantRow } from '../access/rows.ts';
import type { ConsoleState } from '../state/state.ts';
import { prefill } from './access-prefill.ts';
import type { Binding, Hands } from './binding.ts';
import { changes } from './changes.ts';
import { backKey, movingKeys } from './rows.ts';

type Where = 'access' | 'grant';

/** The way to grants, from where tenants are looked at. */
export const accessWays: readonly Binding[] = (['tenants', 'tenant'] as const).map((where) => ({
  id: `open-access-from-${where}`,
  keys: ['a'],
  title: 'Access: what waits for me, what is open, asking for some',
  hint: 'access',
  where,
  run: changes(openedAccess),
}));

/** Keys of the list of grants and of one of them. Each that cannot run says why in the words of the law that forbids it. */
export const accessBindings: readonly Binding[] = [
  {
    id: 'open-grant',
    keys: ['enter', 'right', 'l'],
    title: 'Everything about this grant',
    hint: 'open',
    where: 'access',
    disabledReason: (state) => (selectedGrant(state) === undefined ? 'there is no grant' : null),
    run: (hands) => {
      const row = selectedGrant(hands.state());
      if (row !== undefined) {
        hands.access.openGrant(row.grant.grant);
      }
    },
  },
  ...(['access', 'grant'] as const).flatMap(deeds),
  ...(['access', 'grant'] as const).map((where) => backKey(where)),
  ...movingKeys('access', moveGrant),
  ...movingKeys('grant', scrollGrant),
];

function deeds(where: Where): readonly Binding[] {
  return [
    {
      ...{ id: `ask-access-${where}`, keys: ['n'], title: 'Ask for access', hint: 'ask', where, kind: 'action' },
      disabledReason: heldBack,
      run: (hands) => hands.access.form('request', prefill(hands.state())),
    },
    deed(where, 'a', 'approve', 'Approve: shows what it permits, and asks', mayApproveIt, (row, hands) =>
      hands.access.ask({ kind: 'approve', grant: row.grant, group: row.group ?? groupOf(row) }),
    ),
    deed(
      where,
      'd',
      'deny',
      'Deny: one no ends the request',
      (row, access) => told(() => mayDeny(draftOf(row, 'deny'), access)),
      (row, hands) => hands.access.ask({ kind: 'deny', grant: row.grant }),
    ),
    deed(
      where,
      's',
      'start',
      'Start the clock of an approved grant',
      (row, access) => told(() => mayActivate(draftOf(row, 'activate'), access)),
      (row, hands) => hands.access.ask({ kind: 'activate', grant: row.grant }),
    ),
    deed(
      where,
      'e',
      'end',
      'End your own grant before its time',
      (row, access) => told(() => mayEnd(draftOf(row, 'end'), access)),
      (row, hands) => hands.access.ask({ kind: 'end', grant: row.grant }),
    ),
    deed(
      where,
      'r',
      'revoke',
      'Take it away from anybody, at once',
      (row, access) => told(() => mayRevoke(draftOf(row, 'revoke'), access)),
      (row, hands) => hands.access.ask({ kind: 'revoke', grant: row.grant }),
    ),
    deed(where, 'x', 'extend', 'Ask for a grant that goes on where yours ends', mayExtendIt, (row, hands) =>
      hands.access.form('extend', { reason: '', ticket: row.grant.ticket ?? '' }, row.grant),
    ),
    deed(
      where,
      'w',
      'withdraw',
      'Take your own request back',
      (row, access) => told(() => mayWithdraw(draftOf(row, 'withdraw'), access)),
      (row, hands) => hands.access.ask({ kind: 'withdraw', grant: row.grant }),
    ),
    deed(where, 'v', 'review', 'Review break-glass that somebody else used', mayReviewIt, (row, hands) =>
      hands.access.ask({ kind: 'review', grant: row.grant, verdict: 'justified' }),
    ),
    deed(
      where,
      'L',
      'lock',
      'Lock this person: no grant of theirs works any more',
      () => null,
      (row, hands) => hands.access.ask({ kind: 'lock', person: row.grant.subject }),
    ),
    {
      ...{ id: `break-glass-${where}`, keys: ['B'], title: 'Break glass: access that nobody approves', where },
      disabledReason: mayBreakGlass,
      run: (hands) => hands.access.form('break-glass', prefill(hands.state())),
    },
  ];
}

/** A key about the grant under the cursor. What takes away works while the ledger is away; nothing else does. */
function deed(
  where: Where,
  key: string,
  word: string,
  title: string,
  whyNot: (row: GrantRow, access: Case) => string | null,
  run: (row: GrantRow, hands: Hands) => void,
): Binding {
  return {
    ...{ id: `${word}-grant-${where}`, keys: [key], title, hint: word, where, kind: 'action' },
    disabledReason(state) {
      const row = selectedGrant(state);
      const access = accessOf(state);
      if (row === undefined || access === null) {
        return 'there is no grant';
      }
      const isAway = state.acting.standing?.isAway === true && word !== 'revoke' && word !== 'lock';
      return isAway ? heldBack(state) : whyNot(row, access);
    },
    run(hands) {
      const row = selectedGrant(hands.state());
      if (row !== undefined) {
        run(row, hands);
      }
    },
  };
}

/** The law's own words, before anybody is asked: the store judges by the same law when it is done. */
function told(judge: () => void): string | null {
  try {
    judge();
    return null;
  } catch (error) {
    if (!(error instanceof TillError)) {
      throw error;
    }
    return error.message;
  }
}

/** A draft that says nothing but which grant it is about. */
function draftOf<Phase extends string>({ grant: { grant, incident } }: GrantRow, phase: Phase) {
  const nothing = { reason: null, ticket: null, operation: null, spooled: null } as const;
  return { kind: 'grant', phase, grant, incident, ...nothing, params: { comment: null } } as const;
}

function mayApproveIt(row: GrantRow, access: Case): string | null {
  const params = { group: row.group ?? groupOf(row), digest: row.grant.digest, comment: null };
  return told(() => mayApprove({ ...draftOf(row, 'approve'), params }, access));
}

function mayReviewIt(row: GrantRow, access: Case): string | null {
  const params = { verdict: 'justified', note: null } as const;
  return told(() => mayReview({ ...draftOf(row, 'review'), params }, access));
}

function groupOf({ missing, grant }: GrantRow): string {
  return missing[0]?.group ?? grant.needs[0]?.group ?? 'nobody';
}

function mayExtendIt({ grant }: GrantRow, { who, now }: Case): string | null {
  switch (true) {
    case statusAt(grant, now) !== 'active':
      return `it is ${statusAt(grant, now)}: only what is active can go on`;
    case grant.subject !== who.name:
      return `it is of ${grant.subject}`;
    case grant.form === 'break-glass' || grant.form === 'plan':
      return `a ${grant.form} grant is not extended: n asks for access`;
    default:
      return null;
  }
}

/** Also while the ledger is away: it is written down here then, and taken over when it is back. */
function mayBreakGlass(state: ConsoleState): string | null {
  const access = accessOf(state);
  const policy = access?.state.policy?.body ?? null;
  if (access === null || policy === null) {
    return 'without an access policy there is no glass to break';
  }
  const groups = policy.breakGlass?.groups ?? [];
  return access.who.person?.groups.some((group) => groups.includes(group)) === true
    ? null
    : `the policy lets ${groups.join(', ') || 'nobody'} break glass`;
}
