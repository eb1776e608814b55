import type { AccessDesk } from '#actions/access/open.ts';
import type { Invocation } from '#grammar/command.ts';

/** Without an agent the last approver's console issues what the grant needs. Null where there was nothing for it to do. */
export async function mintedHere(
  grant: string,
  { ledger }: AccessDesk,
  invocation: Invocation,
): Promise<string | null> {
  const { agentLeads, mintAtApproval } = await import('#actions/access/credentials/at-approval.ts');
  const { clock, env } = invocation.io;
  const estate = await invocation.estate();
  const done = await mintAtApproval(grant, { estate, clock, env, ledger }, () => agentLeads({ estate, clock }));
  if (done.by !== 'approver') {
    return null;
  }
  const { end, hasFailed } = done;
  if (end.status === 'ok') {
    return 'approved, and issued from here since no agent leads: its time runs from now on';
  }
  const why = end.status === 'refused' ? end.refusal.message : end.message;
  return hasFailed
    ? `approved, and it has failed, since nothing could be issued for it from here: ${why}`
    : `approved, and not all of it could be issued from here: ${why}`;
}

/** What a grant that is over was given, taken away from here where no agent does it. Its failure hides nothing: it is said, and the grant is over. */
export async function endedHere(grant: string, { ledger }: AccessDesk, invocation: Invocation): Promise<void> {
  const { agentLeads, endAtRevoke } = await import('#actions/access/credentials/at-approval.ts');
  const { clock, env, err } = invocation.io;
  const estate = await invocation.estate();
  const end = await endAtRevoke(grant, { estate, clock, env, ledger }, () => agentLeads({ estate, clock }));
  if (end !== null && end.status !== 'ok') {
    err(
      `what it was given could not be taken away from here: ${end.status === 'refused' ? end.refusal.message : end.message}\n`,
    );
  }
}
