import { standingOfGrant } from '#actions/access/standing-of-grant.ts';
import { waitsForMe } from '#actions/access/waiting.ts';
import { awaitsReview, type Grant, type GrantStatus } from '#ledger/access/grant.ts';
import type { Case } from '#ledger/access/law.ts';
import type { Need } from '#ledger/access/rules.ts';
import { needsWords } from '#policy/access/needs-words.ts';
import { span as inWords } from '#text/age.ts';
import { grantSigns, marks, type Sign } from '#themes/glyphs.ts';
import type { ConsoleState } from '../state/state.ts';
import { accessOf } from './now.ts';

/** A grant as it stands at this moment, and what it is to me. */
export interface GrantRow {
  readonly grant: Grant;
  readonly status: GrantStatus;
  readonly missing: readonly Need[];
  /** What I may do about it; `group`: the one that my vote would count for. */
  readonly waits: 'approval' | 'review' | null;
  readonly group: string | null;
  readonly place: 'mine' | 'open' | 'ended';
  readonly now: number;
}

const endedShown = 50;

/** What waits for me, then what is open, those that end soonest first, then what has ended lately. */
export function grantRows(state: ConsoleState): readonly GrantRow[] {
  const access = accessOf(state);
  const known = state.acting.standing?.access ?? null;
  if (access === null) {
    return [];
  }
  if (last.known !== known || last.now !== access.now) {
    const rows = [...access.state.grants.values()].map((grant) => rowOf(grant, access));
    const of = (place: GrantRow['place']) => rows.filter((row) => row.place === place);
    // A month of them is kept: each instant is read once, and not in every comparison.
    const ended = of('ended').map((row) => ({ row, end: endOf(row) }));
    last = {
      known,
      now: access.now,
      rows: [
        ...of('mine').toSorted((a, b) => a.grant.seq - b.grant.seq),
        ...of('open').toSorted((a, b) => rank(a) - rank(b) || endOf(a) - endOf(b) || b.grant.seq - a.grant.seq),
        ...ended
          .toSorted((a, b) => b.end - a.end)
          .slice(0, endedShown)
          .map(({ row }) => row),
      ],
    };
  }
  return last.rows;
}

let last: { readonly known: unknown; readonly now: number; readonly rows: readonly GrantRow[] } = {
  known: null,
  now: Number.NaN,
  rows: [],
};

function rowOf(grant: Grant, access: Case): GrantRow {
  const { status, missing } = standingOfGrant(grant, access);
  const { now } = access;
  const waits = waitsForMe(grant, access);
  const isOpen = status === 'pending' || status === 'approved' || status === 'active' || awaitsReview(grant);
  const own = access.who.person?.groups ?? [];
  const group = waits === 'approval' ? (missing.find((need) => own.includes(need.group))?.group ?? null) : null;
  return {
    grant,
    status,
    missing,
    waits,
    group,
    place: waits !== null ? 'mine' : isOpen ? 'open' : 'ended',
    now,
  };
}

function rank({ status }: GrantRow): number {
  return status === 'active' ? 0 : status === 'approved' ? 1 : 2;
}

/** When it was over, or will be. */
function endOf({ grant: { endedAt, expiresAt, decidedAt, lapsesAt, requestedAt } }: GrantRow): number {
  return Date.parse(endedAt ?? expiresAt ?? decidedAt ?? lapsesAt ?? requestedAt);
}

export function rowNamed(state: ConsoleState, grant: string): GrantRow | undefined {
  const access = accessOf(state);
  const known = access?.state.grants.get(grant);
  return access === null || known === undefined ? undefined : rowOf(known, access);
}

/** Where it stands in a glyph and a word; what I can do about it comes before that. */
export function signOfGrant({ grant, status, waits, group }: GrantRow): Sign {
  if (waits !== null) {
    const word = waits === 'review' ? 'review' : `approve: ${group ?? ''}`;
    return { glyph: marks.forMe, word, token: 'match' };
  }
  const { glyph, word, token } = grantSigns[status];
  if (grant.form !== 'break-glass') {
    return { glyph, word, token };
  }
  return awaitsReview(grant) && status !== 'active'
    ? { glyph: marks.breakGlass, word: 'to review', token: 'error' }
    : { glyph: marks.breakGlass, word, token: status === 'active' ? 'error' : token };
}

/** `29:40` while it runs, `for 45m` before that, `3m ago` afterwards. */
export function leftWords({ grant, status, now }: GrantRow): string {
  switch (status) {
    case 'active':
      return clockWords(grant.expiresAt, now);
    case 'pending':
    case 'approved':
      return `for ${shortSpan(grant.seconds)}`;
    default:
      return agoWords(grant.endedAt ?? grant.expiresAt ?? grant.decidedAt ?? grant.lapsesAt, now);
  }
}

/** What it waits for, in words; empty when it waits for nobody. */
export function waitsWords({ grant, status, missing, now }: GrantRow): string {
  if (status === 'pending' || status === 'approved') {
    const begins = grant.from !== null && now < Date.parse(grant.from) ? ` from ${grant.from} on` : '';
    return missing.length > 0 ? `waits for ${needsWords(missing)}` : `${grant.subject} may start it${begins}`;
  }
  return awaitsReview(grant) ? 'waits for its review' : '';
}

/** `approved by bob for sre, carol for retail`; by nobody, and why that was enough; empty while nobody has. */
export function decidedWords({ grant: { form, votes, needs } }: Pick<GrantRow, 'grant'>): string {
  if (form === 'break-glass') {
    return 'approved by nobody';
  }
  const yes = votes.map(({ person, group }) => `${person} for ${group}`).join(', ');
  return yes !== '' ? `approved by ${yes}` : needs.length === 0 ? 'approved at once' : '';
}

/** `29:40`, `1:05:00`. */
export function clockWords(until: string | null, now: number): string {
  if (until === null) {
    return '';
  }
  const seconds = Math.max(0, Math.floor((Date.parse(until) - now) / 1000));
  const two = (number: number) => String(number).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours === 0 ? rest : `${hours}:${rest}`;
}

function agoWords(instant: string | null, now: number): string {
  return instant === null ? '' : `${inWords(Math.max(0, (now - Date.parse(instant)) / 1000))} ago`;
}

function shortSpan(seconds: number): string {
  return inWords(seconds).replace(/m00s$/u, 'm').replace(/h00m$/u, 'h').replace(/d0h$/u, 'd');
}
