import { digestOfPolicy } from '#ledger/access/digests.ts';
import type { Policy, PolicyInForce, ProposedPolicy } from '#ledger/access/policy.ts';
import type { LedgerState } from '#ledger/state.ts';
import { clean } from '#text/clean.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type AccessDesk, written } from './open.ts';

/** Puts it before its approvers. Throws TillError (exit 4) when it is in force or proposed as it is. */
export async function propose(body: Policy, reason: string, desk: AccessDesk): Promise<ProposedPolicy> {
  const digest = digestOfPolicy(body);
  const { policy: inForce, proposals } = await desk.ledger.state();
  const same = [...proposals.values()].find((proposal) => proposal.digest === digest);
  if (inForce?.digest === digest || same !== undefined) {
    throw new TillError(`this very policy is ${same === undefined ? 'in force' : 'proposed'} already`, {
      exit: exitCodes.refused,
      reason: 'policy-same',
      target: same?.policy ?? inForce?.policy ?? digest,
      next: same === undefined ? 'there is nothing to change' : `\`till access policy approve ${same.policy}\``,
    });
  }
  const policy = desk.ledger.newId();
  const params = { policy, digest, body };
  return proposalNamed(policy, await written(desk, { kind: 'policy', phase: 'propose', reason, params }));
}

/** What has become of it: it may be in force now, or wait for another. */
export async function approvePolicy(seen: ProposedPolicy, desk: AccessDesk): Promise<ProposedPolicy | PolicyInForce> {
  const { policy, digest } = seen;
  const state = await written(desk, { kind: 'policy', phase: 'approve', params: { policy, digest } });
  return state.policy?.policy === policy ? state.policy : proposalNamed(policy, state);
}

export async function withdrawPolicy(policy: string, desk: AccessDesk): Promise<void> {
  await written(desk, { kind: 'policy', phase: 'withdraw', params: { policy } });
}

/** By its id or its digest, or a part of them from the beginning; the only one there is when nothing is said. */
export function proposalNamed(text: string, { proposals }: Pick<LedgerState, 'proposals'>): ProposedPolicy {
  const found = [...proposals.values()].filter(
    ({ policy, digest }) => policy.startsWith(text.toUpperCase()) || digest.startsWith(text.toLowerCase()),
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) {
    return only;
  }
  const several = text === '' ? 'more than one policy is proposed' : `"${clean(text)}" means more than one proposal`;
  const none = text === '' ? 'no policy is proposed' : `no policy "${clean(text)}" is proposed`;
  throw new TillError(only === undefined ? none : several, {
    exit: exitCodes.usage,
    reason: 'unknown-policy',
    next: '`till access policy show` lists what is in force and what is proposed',
  });
}
