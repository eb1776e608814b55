import { awaitsReview, type Grant } from '#ledger/access/grant.ts';
import { wasElector } from '#ledger/access/votes.ts';
import type { AccessNow } from '#policy/access/judge.ts';
import { standingOfGrant } from './standing-of-grant.ts';

/** What this person may do about it now; null when it is not for them. The store judges again when they do. */
export function waitsForMe(grant: Grant, access: AccessNow): 'approval' | 'review' | null {
  const { who, state } = access;
  const { person } = who;
  if (
    person === null ||
    person.kind === 'service' ||
    person.name === grant.subject ||
    person.name === grant.requester
  ) {
    return null;
  }
  if (awaitsReview(grant)) {
    const reviewers = state.policy?.body.breakGlass?.reviewers ?? null;
    return reviewers === null || person.groups.includes(reviewers) ? 'review' : null;
  }
  const { missing } = standingOfGrant(grant, access);
  const hasVoted = grant.votes.some((vote) => vote.person === person.name);
  const mayVote = missing.some(
    ({ group }) => person.groups.includes(group) && wasElector(grant.electors, group, person.name),
  );
  return mayVote && !hasVoted ? 'approval' : null;
}
