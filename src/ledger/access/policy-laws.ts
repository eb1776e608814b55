import { exitCodes } from '#text/till-error.ts';
import { digestOfPolicy } from './digests.ts';
import { type Case, type DraftOf, mustBeHuman, mustBeUnlocked, refused } from './law.ts';
import { personOf } from './people.ts';
import type { ProposedPolicy } from './policy.ts';
import { unsoundness } from './soundness.ts';

/** Anybody whom the policy names may propose another; the first one may be proposed by anybody whom it names itself. */
export function mayPropose({ params: { policy, digest, body } }: DraftOf<'policy', 'propose'>, given: Case): void {
  const { state, who } = given;
  if (state.proposals.has(policy) || state.policy?.policy === policy) {
    throw refused('policy-known', `policy ${policy} has been proposed already`, { target: policy });
  }
  const wrong = unsoundness(body);
  if (wrong !== null) {
    throw refused('policy-unsound', `this policy cannot be kept: ${wrong}`, { exit: exitCodes.usage, target: policy });
  }
  if (digest !== digestOfPolicy(body)) {
    throw refused('other-policy', 'the digest is not that of the policy', { target: policy });
  }
  mustBeUnlocked(mustBeHuman('propose a policy', within(given, state.policy?.body ?? body, who)), given);
}

/** The policy in force says who may change it; the first one says so itself. */
export function mayAdopt({ params: { policy, digest } }: DraftOf<'policy', 'approve'>, given: Case): void {
  const { state, who } = given;
  const proposal = proposalOf(policy, given);
  if (digest !== proposal.digest) {
    throw refused('other-policy', 'what was looked at is not what was proposed', {
      target: policy,
      next: `\`till access policy show ${policy}\``,
    });
  }
  const ruling = state.policy?.body ?? proposal.body;
  const judged = within(given, ruling, who);
  const voter = mustBeHuman('approve a policy', judged);
  mustBeUnlocked(voter, given);
  if (!judged.who.person?.groups.includes(ruling.approvers.group)) {
    throw refused('not-an-approver', `${voter} is not in ${ruling.approvers.group}, who change the access policy`, {
      target: policy,
    });
  }
  if (proposal.approvedBy.includes(voter)) {
    throw refused('voted-already', `${voter} has approved it already: one person, one vote`, { target: policy });
  }
}

export function mayTakeBack({ params: { policy } }: DraftOf<'policy', 'withdraw'>, given: Case): void {
  const proposal = proposalOf(policy, given);
  const judged = within(given, given.state.policy?.body ?? proposal.body, given.who);
  const name = mustBeHuman('withdraw a policy', judged);
  const ruling = given.state.policy?.body ?? proposal.body;
  if (name !== proposal.proposedBy && !judged.who.person?.groups.includes(ruling.approvers.group)) {
    throw refused('not-yours', `${proposal.proposedBy ?? 'somebody else'} proposed it`, { target: policy });
  }
}

function proposalOf(policy: string, { state }: Case): ProposedPolicy {
  const proposal = state.proposals.get(policy);
  if (proposal === undefined) {
    throw refused('unknown-policy', `no policy ${policy} waits for approval`, {
      exit: exitCodes.usage,
      target: policy,
      next: '`till access policy show` lists what is proposed',
    });
  }
  return proposal;
}

function within(given: Case, ruling: ProposedPolicy['body'], { asserted }: Case['who']): Case {
  const person = personOf(asserted, ruling);
  return { ...given, who: { asserted, person, name: person?.name ?? null } };
}
