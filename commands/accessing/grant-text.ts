import type { GrantFields } from '#actions/access/grant-fields.ts';
import type { Paint, Tone } from '#grammar/style.ts';
import type { Cell, Column } from '#grammar/table.ts';
import { whoOf } from '#ledger/entry.ts';
import { spanWords } from '#policy/access/line.ts';
import { needsWords } from '#policy/access/needs-words.ts';
import { span } from '#text/age.ts';
import { clean } from '#text/clean.ts';

const tones: Readonly<Record<GrantFields['status'], Tone>> = {
  pending: 'warn',
  approved: 'warn',
  active: 'good',
  denied: 'bad',
  withdrawn: 'faint',
  lapsed: 'faint',
  ended: 'faint',
  revoked: 'bad',
  expired: 'faint',
  failed: 'bad',
};

function statusCell({ status, awaitsReview }: GrantFields): Cell {
  return awaitsReview ? { text: `${status}, to review`, tone: 'warn' } : { text: status, tone: tones[status] };
}

/** What is left of it, what it waits for, or when it ended. */
function leftWords({ status, leftSeconds, missing, endedAt, expiresAt, decidedAt, from }: GrantFields): string {
  switch (status) {
    case 'active':
      return leftSeconds === null ? '' : `${span(leftSeconds)} left`;
    case 'pending':
    case 'approved':
      return missing.length > 0
        ? `waits for ${needsWords(missing)}`
        : `to be activated${from === null ? '' : ` from ${from}`}`;
    default:
      return endedAt ?? expiresAt ?? decidedAt ?? '';
  }
}

export const grantColumns: readonly Column<GrantFields>[] = [
  { title: 'GRANT', value: ({ grant }) => grant },
  { title: 'STATUS', value: statusCell },
  { title: 'WHO', value: ({ subject }) => subject },
  { title: 'FORM', value: ({ form }) => (form === 'break-glass' ? { text: form, tone: 'bad' } : form) },
  { title: 'LEFT', value: leftWords },
  { title: 'ACTIONS', value: ({ actions }) => actions.join(','), shrinks: true },
  { title: 'TENANTS', value: ({ tenants }) => some(tenants), shrinks: true },
  { title: 'FOR', value: ({ seconds }) => spanWords(seconds), align: 'right' },
  { title: 'REASON', value: ({ reason }) => reason ?? '', shrinks: true },
  { title: 'TICKET', value: ({ ticket }) => ticket ?? '', wide: true },
  { title: 'BY', value: ({ requestedBy }) => whoOf(requestedBy.asserted), wide: true },
];

function some(names: readonly string[]): string {
  return names.length <= 3 ? names.join(',') : `${names.slice(0, 3).join(',')} and ${names.length - 3} more`;
}

/** Exactly what it permits, to whom, for how long, why and by whose leave: what an approver agrees to. */
export function grantText(grant: GrantFields, paint: Paint): string {
  const line = (label: string, words: string | null) =>
    words === null || words === '' ? [] : [`  ${paint('faint', label.padEnd(10))} ${clean(words)}`];
  const { asserted, claimed } = grant.requestedBy;
  const claims = [claimed.person === null ? null : `${claimed.person}?`, claimed.from, claimed.tty].filter(
    (claim) => claim !== null,
  );
  return [
    `${paint(tones[grant.status], grant.status)} ${grant.form} grant ${grant.grant}${grant.awaitsReview ? paint('warn', ', to be reviewed by somebody else') : ''}`,
    ...line(
      'who',
      `${grant.subject}, asked for by ${whoOf(asserted)}${claims.length === 0 ? '' : ` (says: ${claims.join(', ')})`}`,
    ),
    ...line('may', `${grant.actions.join(', ')}`),
    ...line('on', grant.tenants.join(', ')),
    ...line('for', forWords(grant)),
    ...line('plan', grant.plan === null ? null : `${grant.plan} alone`),
    ...line('uses', grant.uses === null ? null : `${grant.used} of ${grant.uses}`),
    ...line('reason', grant.reason),
    ...line('ticket', grant.ticket),
    ...line('incident', grant.incident),
    ...line('goes on', grant.extends === null ? null : `where grant ${grant.extends} ends`),
    ...line('needs', grant.form === 'break-glass' ? 'nobody beforehand' : needsWords(grant.needs)),
    ...grant.votes.flatMap((vote) =>
      line(
        'approved',
        `${vote.person} for ${vote.group}, ${vote.at}${vote.comment === null ? '' : `: ${vote.comment}`}`,
      ),
    ),
    ...line('waits for', grant.missing.length === 0 ? null : needsWords(grant.missing)),
    ...line('lapses', grant.status === 'pending' || grant.status === 'approved' ? grant.lapsesAt : null),
    ...line('activated', grant.activatedAt),
    ...line(
      'ends',
      grant.status === 'active' ? `${grant.expiresAt} (${span(grant.leftSeconds ?? 0)} left)` : grant.expiresAt,
    ),
    ...line('ended', grant.endedAt),
    ...line('failed', grant.failure === null ? null : `nothing could be issued for it: ${grant.failure}`),
    ...line('skipped', grant.skipped.join(', ')),
    ...grant.residual.flatMap((words) => line('residual', words)),
    ...line('review', grant.review === null ? null : reviewWords(grant.review)),
    '',
  ].join('\n');
}

function forWords({ seconds, from, plan }: GrantFields): string {
  const start = from === null ? 'from its activation' : `from its activation, not before ${from}`;
  return `${spanWords(seconds)} ${start}${plan === null ? '' : ', once'}`;
}

function reviewWords({ person, verdict, note, at }: NonNullable<GrantFields['review']>): string {
  return `${verdict} by ${person ?? 'somebody unknown'}, ${at}${note === null ? '' : `: ${note}`}`;
}
