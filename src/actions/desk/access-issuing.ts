import type { DutyEnd } from '../access/credentials/duty.ts';
import type { ActContext } from '../context.ts';
import type { AccessDone } from './access-port.ts';

/** Without an agent the last approver's console issues what the grant needs; null where nothing was to be issued from here. */
export async function issued(grant: string, context: ActContext): Promise<AccessDone | null> {
  const { agentLeads, mintAtApproval } = await import('../access/credentials/at-approval.ts');
  const done = await mintAtApproval(grant, context, () => agentLeads(context));
  if (done.by !== 'approver') {
    return null;
  }
  const why = whyNot(done.end);
  return why === null
    ? { words: 'approved, and issued from here since no agent leads: its time runs from now on', tone: 'good', grant }
    : {
        words: `approved, and ${done.hasFailed ? 'it has failed, since nothing could be issued for it' : 'not all of it could be issued'} from here: ${why}`,
        tone: 'bad',
        grant,
      };
}

/** Takes away what a grant was given, where no agent does; why that could not be, or null. The grant is over all the same. */
export async function leftBehind(grant: string, context: ActContext): Promise<string | null> {
  const { agentLeads, endAtRevoke } = await import('../access/credentials/at-approval.ts');
  try {
    const end = await endAtRevoke(grant, context, () => agentLeads(context));
    return end === null ? null : whyNot(end);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function whyNot(end: DutyEnd): string | null {
  return end.status === 'ok' ? null : end.status === 'refused' ? end.refusal.message : end.message;
}
