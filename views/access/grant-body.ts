import type { GrantStory } from '#actions/desk/access-port.ts';
import { awaitsReview, type Credential } from '#ledger/access/grant.ts';
import { needsNow } from '#ledger/access/votes.ts';
import { type LedgerEntry, whoOf } from '#ledger/entry.ts';
import { spanWords } from '#policy/access/line.ts';
import { needsWords } from '#policy/access/needs-words.ts';
import { localDay, localSecond } from '../components/clock.ts';
import { labelling, labelWidth } from '../components/labelled.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import { entryName, entryWords } from '../ledger/rows.ts';
import type { ConsoleState } from '../state/state.ts';
import { accessOf } from './now.ts';
import { residualOf } from './residual.ts';
import { clockWords, decidedWords, type GrantRow, signOfGrant, waitsWords } from './rows.ts';

type Row = readonly Span[];

/** What it permits comes first: that is what somebody who agrees to it agrees to. */
export function permitRows(
  { actions, tenants }: { readonly actions: readonly string[]; readonly tenants: readonly string[] },
  width: number,
): readonly Row[] {
  const labelled = labelling(width);
  const many = tenants.length > 1 ? `${tenants.length} tenants: ` : '';
  return [
    ...labelled('Permits', actions.join(', '), 'text.strong'),
    ...labelled('on', `${many}${tenants.join(', ')}`, 'text.strong'),
  ];
}

/** One grant as rows of at most `width`. */
export function grantBody(state: ConsoleState, row: GrantRow, width: number, story: GrantStory | null): readonly Row[] {
  const { grant, status } = row;
  const labelled = labelling(width);
  const said = (label: string, text: string | null) => (text === null || text === '' ? [] : labelled(label, text));
  const sign = signOfGrant(row);
  const { claimed, asserted } = grant.actor;
  const claims = [claimed.person === null ? null : `${claimed.person}?`, claimed.from, claimed.tty];
  const says = claims.filter((one) => one !== null).join(', ');
  return [
    ...permitRows(grant, width),
    ...labelled(
      'to',
      grant.subject,
      'text.strong',
      `   asked for by ${whoOf(asserted)}${says === '' ? '' : ` (says: ${says})`}`,
    ),
    ...labelled('For', spanRows(row), status === 'active' ? 'status.ok' : undefined),
    ...planRows(row, width, story),
    ...labelled('Status', `${sign.glyph} ${sign.word}`, sign.token, statusTail(row)),
    ...said('Reason', grant.reason),
    ...said('Ticket', grant.ticket),
    ...said('Incident', grant.incident),
    ...said('Goes on', grant.extends === null ? null : `where ${grant.extends} ends, which is not touched`),
    ...needRows(state, row, width),
    ...said('Skipped', grant.skipped.length === 0 ? null : `${grant.skipped.join(', ')}: they are told`),
    ...credentialRows(row, width),
    ...said(
      'Review',
      grant.review === null
        ? awaitsReview(grant)
          ? 'waits for somebody else'
          : null
        : `${grant.review.verdict} by ${grant.review.person ?? 'somebody unknown'}${grant.review.note === null ? '' : `: ${grant.review.note}`}`,
    ),
    ...labelled('Grant', grant.grant, 'text.secondary', `   ${grant.form}, request ${grant.digest.slice(0, 12)}`),
    ...historyRows(story, row.now),
  ];
}

function spanRows({ grant, status, now }: GrantRow): string {
  const span = spanWords(grant.seconds);
  switch (status) {
    case 'active':
      return `${clockWords(grant.expiresAt, now)} left of ${span}, until ${localSecond(Date.parse(grant.expiresAt ?? ''))}`;
    case 'pending':
    case 'approved':
      return `${span} from the moment it is started${grant.from === null ? '' : `, not before ${localDay(grant.from, now)}`}`;
    default:
      return span;
  }
}

function statusTail(row: GrantRow): string {
  const { grant, status, now } = row;
  const lapses =
    (status === 'pending' || status === 'approved') && grant.lapsesAt !== null
      ? `lapses ${localDay(grant.lapsesAt, now)}`
      : '';
  const tail = [waitsWords(row), lapses].filter((part) => part !== '').join('; ');
  return tail === '' ? '' : `   ${tail}`;
}

/** The digest, and the plan's own lines where the ledger has it: an approver agrees to these. */
function planRows({ grant: { plan, uses, used } }: GrantRow, width: number, story: GrantStory | null): readonly Row[] {
  const labelled = labelling(width);
  const often = uses === null ? '' : `   ${used} of ${uses} ${uses === 1 ? 'use' : 'uses'}`;
  if (plan === null) {
    return uses === null ? [] : labelled('Uses', `${used} of ${uses}`);
  }
  const lines =
    story === null
      ? ['… looking for it in the ledger']
      : (story.plan ?? ['it is not in the ledger: nobody has tried it yet, and what it would change cannot be shown']);
  return [...labelled('Plan', `${plan} alone`, 'text.strong', often), ...lines.flatMap((line) => labelled('', line))];
}

function needRows(state: ConsoleState, row: GrantRow, width: number): readonly Row[] {
  const labelled = labelling(width);
  const { grant, missing } = row;
  const policy = accessOf(state)?.state.policy?.body ?? null;
  const waits = row.status === 'pending' || row.status === 'approved';
  const needs = waits ? needsNow(grant, policy, row.now) : grant.needs;
  const counted = needs.map(({ group, count }) => {
    const left = missing.find((one) => one.group === group)?.count ?? 0;
    return waits ? `${group} ${count - left} of ${count}${left === 0 ? ' ●' : ''}` : needsWords([{ group, count }]);
  });
  return [
    ...labelled('Needs', counted.length === 0 ? decidedWords(row) : counted.join(', ')),
    ...(missing.length === 0 ? [] : labelled('Missing', needsWords(missing), 'status.warn')),
    ...grant.votes.flatMap(({ person, group, at, comment }) =>
      labelled(
        'Approved',
        `${person} for ${group}`,
        undefined,
        `   ${localDay(at, row.now)}${comment === null ? '' : `: ${comment}`}`,
      ),
    ),
  ];
}

/** What was issued under it, and until when each can still work whatever becomes of the grant. */
function credentialRows({ grant: { credentials }, now }: GrantRow, width: number): readonly Row[] {
  const labelled = labelling(width);
  const live = credentials.filter(({ retiredAt }) => retiredAt === null);
  const until = residualOf(live);
  return [
    ...(live.length === 0
      ? []
      : labelled(
          'Residual',
          until === null ? 'until it is removed' : `until ${localSecond(Date.parse(until))} at the latest`,
          'status.warn',
        )),
    ...credentials.flatMap((credential) => [
      ...labelled(
        '',
        `${credential.system} ${credential.where}: ${credential.name}`,
        undefined,
        endWords(credential, now),
      ),
      ...(credential.retiredAt !== null || credential.residual === null
        ? []
        : labelled('', credential.residual, 'text.secondary')),
    ]),
  ];
}

/** Until when it can still work, whatever becomes of the grant. */
function endWords({ residualUntil, retiredAt }: Credential, now: number): string {
  if (retiredAt !== null) {
    return `   ○ gone since ${localSecond(Date.parse(retiredAt))}`;
  }
  if (residualUntil === null) {
    return '   works until it is removed';
  }
  return now >= Date.parse(residualUntil)
    ? '   ○ over by itself'
    : `   can work until ${localSecond(Date.parse(residualUntil))}`;
}

function historyRows(story: GrantStory | null, now: number): readonly Row[] {
  const entries = story?.entries ?? [];
  return entries.flatMap((entry, index) => [
    [
      span((index === 0 ? 'History' : '').padEnd(labelWidth), 'text.secondary'),
      span(`${localDay(entry.at, now)}  `, 'text.secondary'),
      span(`${entry.kind === 'grant' ? entry.phase : entryName(entry)} `, 'text.strong'),
      span(`by ${legible(whoOf(entry.actor.asserted))}${tail(entry)}`, 'text.secondary'),
    ],
  ]);
}

function tail(entry: LedgerEntry): string {
  const said = entry.params['comment'] ?? entry.params['note'];
  const words = typeof said === 'string' ? legible(said) : entryWords(entry);
  const status = entry.outcome === null ? '' : ` ${entry.outcome.status}`;
  return `${status}${words === '' ? '' : `: ${words}`}`;
}
