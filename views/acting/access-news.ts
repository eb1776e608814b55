import { waitsForMe } from '#actions/access/waiting.ts';
import type { AccessStanding } from '#actions/desk/access-port.ts';
import type { Standing } from '#actions/desk/port.ts';
import type { Grant } from '#ledger/access/grant.ts';
import { legible } from '../components/legible.ts';
import type { Flash } from '../state/state.ts';

/** What has become of grants since the screen was last told, where it is news to this person; null when nothing is. */
export function accessNews(before: Standing | null, after: Standing, now: number): Flash | null {
  const [old, next] = [before?.access ?? null, after.access];
  if (old === null || next === null || old === next) {
    return null;
  }
  for (const grant of [...next.state.grants.values()].reverse()) {
    const known = old.state.grants.get(grant.grant);
    const flash = known === grant ? null : newsOf(grant, known, old, next, now);
    if (flash !== null) {
      return flash;
    }
  }
  return null;
}

function newsOf(
  grant: Grant,
  known: Grant | undefined,
  old: AccessStanding,
  next: AccessStanding,
  now: number,
): Flash | null {
  const waits = waitsForMe(grant, { ...next, now: now + next.offsetMs });
  const waited = known === undefined ? null : waitsForMe(known, { ...old, now: now + old.offsetMs });
  if (waits !== null && waits !== waited) {
    const words = waits === 'approval' ? `asks for ${what(grant)}` : `broke the glass for ${what(grant)}`;
    return { text: legible(`→ ${grant.subject} ${words}: a shows it`), tone: 'said' };
  }
  // Between two looks it may have been asked for and decided: then nobody saw it wait.
  const status = known?.status ?? (grant.needs.length > 0 ? 'pending' : grant.status);
  if (grant.subject !== next.who.name || status === grant.status) {
    return null;
  }
  switch (grant.status) {
    case 'approved':
      return { text: `● your request was approved: a, then s, starts its clock`, tone: 'good' };
    case 'denied':
      return { text: `⊘ your request was denied`, tone: 'bad' };
    case 'revoked':
      return { text: `⊘ your grant was revoked: nothing can be begun under it any more`, tone: 'bad' };
    case 'failed':
      return {
        text: `✖ your grant has failed, nothing could be issued for it: a shows why; ask for another`,
        tone: 'bad',
      };
    default:
      return null;
  }
}

function what({ actions, tenants }: Grant): string {
  const [first = ''] = tenants;
  return `${actions.join(', ')} on ${tenants.length === 1 ? first : `${tenants.length} tenants`}`;
}
