import { freeActions } from '#actions/access/free-actions.ts';
import { approvePolicy, proposalNamed, propose, withdrawPolicy } from '#actions/access/policies.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { paintOf, printOne } from '#grammar/output.ts';
import type { Paint } from '#grammar/style.ts';
import { usageError } from '#grammar/usage-error.ts';
import type { Policy, PolicyInForce, ProposedPolicy } from '#ledger/access/policy.ts';
import type { LedgerState } from '#ledger/state.ts';
import { adviceOn } from '#policy/access/advice.ts';
import { policyBody } from '#policy/access/policy-body.ts';
import { differences, policyWords } from '#policy/access/policy-words.ts';
import { clean } from '#text/clean.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import { agreeFlags, isAgreedTo } from './accessing/agreed.ts';
import { tenantsKnown } from './accessing/wished.ts';
import { type Access, withAccess } from './accessing/with-access.ts';

const whats = ['propose', 'show', 'approve', 'withdraw'] as const;

export const command: Command = {
  name: 'access policy',
  summary: 'Show who must agree to what; propose another policy from the estate, and approve it by two',
  examples: [
    {
      line: 'till access policy propose --reason "night shift may restart"',
      note: 'from `access:` and `people:`; shows what would change',
    },
    {
      line: 'till access policy approve 01JD…',
      note: 'in force once two have; another file or an edited copy changes nothing',
    },
    { line: 'till access policy show', note: 'what is in force, and what waits' },
  ],
  arguments: [
    { name: 'WHAT', required: true, summary: whats.join(', '), completion: whats },
    { name: 'POLICY', summary: 'the id or digest of a proposal; the only one when left out' },
  ],
  flags: [
    { name: 'reason', value: 'TEXT', summary: 'why it is to change', environment: false },
    { name: 'dry-run', summary: 'show what would be proposed, and record nothing', environment: false },
    ...agreeFlags,
  ],
  exits: [
    { code: exitCodes.refused, when: 'it is in force already, or is not yours to approve' },
    { code: exitCodes.confirmationMissing, when: 'not confirmed' },
  ],
  async run(invocation) {
    const [what, named = ''] = invocation.arguments;
    return await withAccess(invocation, async (desk) => {
      switch (what) {
        case 'propose':
          return await proposing(desk, invocation);
        case 'approve':
          return await approving(named, desk, invocation);
        case 'withdraw': {
          const { policy } = proposalNamed(named, await desk.ledger.state());
          await withdrawPolicy(policy, desk);
          invocation.io.out(`● policy ${policy} is withdrawn\n`);
          return exitCodes.ok;
        }
        default:
          return await showing(await desk.ledger.state(), invocation);
      }
    });
  },
};

async function proposing(desk: Access, invocation: Invocation): Promise<ExitCode> {
  const body = policyBody(desk.estate, await tenantsKnown(invocation, desk.estate), freeActions());
  const inForce = (await desk.ledger.state()).policy;
  const advice = adviceOn(body, desk.estate.ledger?.postgres !== undefined);
  const shown = (paint: Paint) =>
    [
      changeLines(inForce?.body ?? null, body, paint),
      ...advice.map(({ message }) => `  ${paint('warn', '▲')} ${clean(message)}\n`),
    ].join('');
  if (invocation.given('dry-run')) {
    const fields = {
      inForce: inForce?.policy ?? null,
      changes: differences(inForce?.body ?? null, body),
      advice,
      body,
    };
    await printOne(invocation, { kind: 'PolicyChange', fields, name: '', text: shown });
    return exitCodes.ok;
  }
  const reason = invocation.value('reason');
  if (reason === undefined) {
    throw usageError('proposing a policy needs a reason', command, '--reason "why"');
  }
  if (!(await isAgreedTo('the proposal', shown(paintOf(invocation)), invocation))) {
    return exitCodes.confirmationMissing;
  }
  const proposal = await propose(body, reason, desk);
  await printPolicy(proposal, 'proposed', invocation, [
    `● policy ${proposal.policy} is proposed (digest ${short(proposal.digest)})`,
    `  ${(inForce?.body ?? body).approvers.count} of ${(inForce?.body ?? body).approvers.group} type till access policy approve ${proposal.policy}`,
  ]);
  return exitCodes.ok;
}

async function approving(named: string, desk: Access, invocation: Invocation): Promise<ExitCode> {
  const { policy: inForce, ...state } = await desk.ledger.state();
  const proposal = proposalNamed(named, state);
  const shown = `policy ${proposal.policy}, proposed by ${proposal.proposedBy ?? 'somebody unknown'}, would change:\n${changeLines(inForce?.body ?? null, proposal.body, paintOf(invocation))}`;
  if (!(await isAgreedTo(`the approval of policy ${proposal.policy}`, shown, invocation))) {
    return exitCodes.confirmationMissing;
  }
  const now = await approvePolicy(proposal, desk);
  const isInForce = 'since' in now;
  await printPolicy(now, isInForce ? 'in-force' : 'proposed', invocation, [
    isInForce
      ? `● policy ${now.policy} is in force`
      : `● approved by ${now.approvedBy.join(' and ')}; it takes ${(inForce?.body ?? now.body).approvers.count}`,
  ]);
  return exitCodes.ok;
}

async function showing({ policy, proposals }: LedgerState, invocation: Invocation): Promise<ExitCode> {
  const waiting = [...proposals.values()];
  await printOne(invocation, {
    kind: 'AccessPolicy',
    name: policy?.policy ?? '',
    fields: { inForce: policy, proposals: waiting },
    text: (paint) =>
      [
        policy === null
          ? 'no access policy is in force: what the estate says of its mode decides\n'
          : `policy ${policy.policy} is in force since ${policy.since} (digest ${short(policy.digest)})\n${policyWords(
              policy.body,
            )
              .map((words) => `  ${clean(words)}\n`)
              .join('')}`,
        ...waiting.map(
          (proposal) =>
            `\n${paint('warn', 'proposed')}: policy ${proposal.policy} by ${proposal.proposedBy ?? 'somebody unknown'}, approved by ${proposal.approvedBy.join(', ') || 'nobody yet'} (digest ${short(proposal.digest)})\n${changeLines(policy?.body ?? null, proposal.body, paint)}`,
        ),
      ].join(''),
  });
  return exitCodes.ok;
}

async function printPolicy(
  policy: PolicyInForce | ProposedPolicy,
  status: 'in-force' | 'proposed',
  invocation: Invocation,
  lines: readonly string[],
): Promise<void> {
  await printOne(invocation, {
    kind: 'Policy',
    name: policy.policy,
    fields: { status, ...policy },
    text: () => lines.map((line) => `${clean(line)}\n`).join(''),
  });
}

function changeLines(now: Policy | null, then: Policy, paint: Paint): string {
  const found = differences(now, then);
  return found.length === 0
    ? '  nothing would be otherwise\n'
    : found.map(({ sign, words }) => `${paint(sign === '+' ? 'good' : 'bad', `  ${sign} ${clean(words)}`)}\n`).join('');
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
