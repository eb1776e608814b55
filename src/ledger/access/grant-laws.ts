import { exitCodes } from '#text/till-error.ts';
import { whoOf } from '../entry.ts';
import { awaitsReview, type Grant, type GrantStatus, statusAt } from './grant.ts';
import { type Case, type DraftOf, mustBeHuman, mustBeKnown, mustBeUnlocked, mustBeWhole, refused } from './law.ts';
import { demandOf } from './rules.ts';
import { missingNow, needsNow, wasElector } from './votes.ts';

type Plain = { readonly grant: string; readonly spooled: unknown };

/**
 * Nobody decides about what they asked for or may use: not under another account of theirs, and not through whoever
 * submitted it for them (facts: access-audit.md §0.6).
 */
export function mayApprove(draft: DraftOf<'grant', 'approve'>, given: Case): void {
  const { state, who, now } = given;
  const grant = mustBeOpen(draft.grant, given, ['pending', 'approved']);
  const voter = mustBeHuman('approve', given);
  mustBeUnlocked(voter, given);
  mustBeAnother(voter, grant, given, 'approve');
  const { group, digest } = draft.params;
  if (digest !== grant.digest) {
    throw refused('other-request', 'what was looked at is not what was asked for', {
      target: grant.grant,
      next: `\`till access show ${grant.grant}\` shows what it is`,
    });
  }
  const needs = needsNow(grant, state.policy?.body ?? null, now);
  const isNeeded = needs.some((need) => need.group === group);
  if (!isNeeded || who.person === null || !who.person.groups.includes(group)) {
    const groups = needs.map((need) => need.group);
    throw refused('not-an-approver', `${voter} cannot approve it for ${group}`, {
      target: grant.grant,
      next: groups.length === 0 ? 'it needs nobody' : `it needs ${groups.join(' and ')}`,
    });
  }
  if (!wasElector(grant.electors, group, voter)) {
    throw refused('joined-later', `${voter} was not in ${group} when it was asked for`, {
      target: grant.grant,
      next: `somebody who was approves it, or ${grant.subject} asks again`,
    });
  }
  const earlier = grant.votes.find(({ person }) => person === voter);
  if (earlier !== undefined) {
    throw refused('voted-already', `${voter} has approved it for ${earlier.group} already: one person, one vote`, {
      target: grant.grant,
    });
  }
}

export function mayDeny(draft: DraftOf<'grant', 'deny'>, given: Case): void {
  const grant = mustBeOpen(draft.grant, given, ['pending', 'approved']);
  const voter = mustBeHuman('deny', given);
  mustBeUnlocked(voter, given);
  if (isOwn(voter, grant, given)) {
    throw refused('not-yours', 'it is yours', { target: grant.grant, next: `\`till access withdraw ${grant.grant}\`` });
  }
  const { policy } = given.state;
  const needs = needsNow(grant, policy?.body ?? null, given.now).map(({ group }) => group);
  const groups = [...needs, ...(policy === null ? [] : [policy.body.approvers.group])];
  if (!groups.some((group) => given.who.person?.groups.includes(group))) {
    throw refused('not-an-approver', `${voter} is not among those who decide it`, {
      target: grant.grant,
      next: `it needs ${groups.join(' and ') || 'nobody'}; \`till access revoke ${grant.grant}\` is open to all`,
    });
  }
}

export function mayWithdraw(draft: DraftOf<'grant', 'withdraw'>, given: Case): void {
  const grant = mustBeOpen(draft.grant, given, ['pending', 'approved']);
  mustOwn(mustBeKnown(given), grant, given);
}

export function mayLapse(draft: DraftOf<'grant', 'lapse'>, given: Case): void {
  mustBeOpen(draft.grant, given, ['lapsed'], ['pending', 'approved']);
}

/** The clock starts: everything is judged once more, by the policy and the groups of this moment. */
export function mayActivate(draft: DraftOf<'grant', 'activate'>, given: Case): void {
  const { state, now } = given;
  const grant = mustBeOpen(draft.grant, given, ['approved']);
  const starter = mustBeKnown(given);
  mustBeWhole(given);
  mustBeUnlocked(starter, given);
  mustBeUnlocked(grant.subject, given);
  if (!isOwn(starter, grant, given) && !grant.votes.some(({ person }) => person === starter)) {
    throw refused('not-yours', `${grant.subject} activates it, or whoever approved it`, { target: grant.grant });
  }
  if (grant.from !== null && now < Date.parse(grant.from)) {
    throw refused('too-early', `it begins at ${grant.from}`, { target: grant.grant, next: 'activate it then' });
  }
  if (state.policy === null) {
    return;
  }
  if (grant.policy === null) {
    throw refused('policy-changed', 'it is from before there was an access policy', {
      target: grant.grant,
      next: 'ask again',
    });
  }
  mustStillHold(grant, given);
}

function mustStillHold(grant: Grant, { state, now }: Case): void {
  if (state.policy === null || grant.form === 'break-glass') {
    return;
  }
  const { body } = state.policy;
  const { forbidden, seconds } = demandOf(body, { ...grant, now });
  if (forbidden[0] !== undefined) {
    const { action, tenant } = forbidden[0];
    throw refused('forbidden', `no rule of the access policy permits ${action} on ${tenant} now`, {
      target: grant.grant,
      next: '`till access policy show` prints the rules',
    });
  }
  if (seconds !== null && grant.seconds > seconds) {
    throw refused('too-long', `the rules of this hour permit ${seconds} s, and it is for ${grant.seconds} s`, {
      target: grant.grant,
      next: `ask again with --for ${seconds}s`,
    });
  }
  const missing = missingNow(grant, body, now);
  if (missing.length > 0) {
    throw refused(
      'votes-missing',
      `it waits for ${missing.map(({ group, count }) => `${count} of ${group}`).join(' and ')}`,
      { target: grant.grant, next: `they type \`till access approve ${grant.grant}\`` },
    );
  }
}

export function mayFail(draft: DraftOf<'grant', 'fail'>, given: Case): void {
  mustBeOpen(draft.grant, given, ['approved', 'active']);
  mustBeKnown(given);
}

export function mayEnd(draft: DraftOf<'grant', 'end'>, given: Case): void {
  const grant = mustBeOpen(draft.grant, given, ['active'], undefined, draft);
  mustOwn(mustBeKnown(given), grant, given);
}

export function mayExpire(draft: DraftOf<'grant', 'expire'>, given: Case): void {
  mustBeOpen(draft.grant, given, ['expired'], ['active']);
}

/** Taking away is open to everybody who is known, and in nobody's way (design §6). */
export function mayRevoke(draft: DraftOf<'grant', 'revoke'>, given: Case): void {
  mustBeOpen(draft.grant, given, ['pending', 'approved', 'active'], undefined, draft);
  mustBeKnown(given);
}

/** What has been issued or retired has been: it is recorded whatever the grant has become meanwhile. */
export function isKnown({ grant }: { readonly grant: string }, given: Case): void {
  grantOf(grant, given);
}

export function mayReview(draft: DraftOf<'grant', 'review'>, given: Case): void {
  const grant = grantOf(draft.grant, given);
  if (!awaitsReview(grant)) {
    throw refused('nothing-to-review', 'it waits for no review', { target: grant.grant });
  }
  const reviewer = mustBeHuman('review', given);
  mustBeUnlocked(reviewer, given);
  mustBeAnother(reviewer, grant, given, 'review');
  const group = given.state.policy?.body.breakGlass?.reviewers ?? null;
  if (group !== null && !given.who.person?.groups.includes(group)) {
    throw refused('not-a-reviewer', `${reviewer} is not in ${group}, who review break-glass`, { target: grant.grant });
  }
}

export function grantOf(id: string, { state }: Case): Grant {
  const grant = state.grants.get(id);
  if (grant === undefined) {
    throw refused('unknown-grant', `there is no grant ${id}`, {
      exit: exitCodes.usage,
      target: id,
      next: '`till access list --all` lists them',
    });
  }
  return grant;
}

/** What was written down while the store was away has happened: by the time it is imported the grant may have ended. */
function mustBeOpen(
  id: string,
  given: Case,
  now: readonly GrantStatus[],
  recorded?: readonly GrantStatus[],
  draft?: Plain,
): Grant {
  const grant = grantOf(id, given);
  const status = statusAt(grant, given.now);
  const fits = now.includes(status) && (recorded === undefined || recorded.includes(grant.status));
  if (!fits && (draft === undefined || draft.spooled === null)) {
    throw refused(`grant-${status}`, `grant ${id} is ${status}`, {
      target: id,
      next: `\`till access show ${id}\` tells its story`,
    });
  }
  return grant;
}

function isOwn(name: string, grant: Grant, { who }: Case): boolean {
  return name === grant.subject || name === grant.requester || whoOf(who.asserted) === whoOf(grant.actor.asserted);
}

function mustOwn(name: string, grant: Grant, given: Case): void {
  if (!isOwn(name, grant, given)) {
    throw refused('not-yours', `grant ${grant.grant} is of ${grant.subject}`, {
      target: grant.grant,
      next: `\`till access revoke ${grant.grant}\` is open to all`,
    });
  }
}

function mustBeAnother(name: string, grant: Grant, given: Case, deed: string): void {
  if (isOwn(name, grant, given)) {
    const account = whoOf(given.who.asserted);
    const as = account === name ? '' : ` (here as ${account})`;
    throw refused(
      deed === 'approve' ? 'self-approval' : 'self-review',
      `${name}${as} asked for it or may use it: somebody else has to ${deed} it`,
      { target: grant.grant, next: `\`till access show ${grant.grant}\` says who may` },
    );
  }
}
