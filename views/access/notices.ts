import type { Grant } from '#ledger/access/grant.ts';
import { lockOn, openBreak } from '#ledger/access/standing.ts';
import { noticesNow } from '#policy/access/mode.ts';
import { gradeSigns, marks } from '#themes/glyphs.ts';
import type { Token } from '#themes/index.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import type { ConsoleState } from '../state/state.ts';
import { accessOf, awayWords } from './now.ts';
import { clockWords } from './rows.ts';

interface Notice {
  readonly head: string;
  readonly words: string;
  readonly token: Token;
}

/** What stays on every screen until somebody has dealt with it, the most pressing first; made once a frame. */
function noticesOf(state: ConsoleState): readonly Notice[] {
  const { standing } = state.acting;
  if (last.standing !== standing || last.now !== state.now) {
    last = { standing, now: state.now, notices: noticesIn(state) };
  }
  return last.notices;
}

let last: { readonly standing: unknown; readonly now: number; readonly notices: readonly Notice[] } = {
  standing: null,
  now: Number.NaN,
  notices: [],
};

function noticesIn(state: ConsoleState): readonly Notice[] {
  const access = accessOf(state);
  const away =
    state.acting.standing?.isAway === true
      ? [{ head: `? ${awayWords}`, words: '', token: 'status.warn' } as const]
      : [];
  if (access === null) {
    return away;
  }
  const { broken, reviews } = noticesNow(access);
  const lock = lockOn(access.who.name, access.state, access.now);
  const gap = openBreak(access.state);
  const body = access.state.policy?.body ?? null;
  return [
    ...away,
    ...broken.map(
      (grant): Notice => ({
        head: `${marks.breakGlass} BREAK-GLASS ${clockWords(grant.expiresAt, access.now)}`,
        words: glassWords(grant),
        token: 'error',
      }),
    ),
    ...(lock === null
      ? []
      : [
          {
            head: `${gradeSigns.critical.glyph} LOCKED`,
            words: `${lock.person}: ${lock.reason ?? 'no reason given'}`,
            token: 'error',
          } as const,
        ]),
    ...(gap === null
      ? []
      : [
          {
            head: `${gradeSigns.critical.glyph} LEDGER INCOMPLETE`,
            words: `entries ${gap.lost.from} to ${gap.lost.to} are missing: nothing is elevated until two people acknowledge it`,
            token: 'error',
          } as const,
        ]),
    ...reviews
      .filter((grant) => !broken.includes(grant))
      .map(
        (grant): Notice => ({
          head: `${marks.breakGlass} REVIEW`,
          words: `break-glass waits for somebody else to review it (a, then v): ${glassWords(grant)}`,
          token: 'incident',
        }),
      ),
    ...[...access.state.proposals.values()].map(({ policy, proposedBy, approvedBy, body: proposed }): Notice => {
      const { approvers } = body ?? proposed;
      return {
        head: `${gradeSigns.warn.glyph} POLICY`,
        words: `proposed by ${proposedBy ?? 'somebody unknown'}, not in force: ${approvedBy.length} of ${approvers.count} ${approvers.group} have approved; till access policy approve ${policy}`,
        token: 'status.warn',
      };
    }),
  ];
}

function glassWords({ subject, actions, tenants, reason }: Grant): string {
  const [first = ''] = tenants;
  const where = tenants.length === 1 ? first : `${tenants.length} tenants`;
  return `${subject}: ${actions.join(', ')} on ${where}: ${reason ?? ''}`;
}

/** How many rows they take: a small screen keeps room for what it is opened for. */
export function noticeCount(state: ConsoleState): number {
  const most = state.rows >= 24 ? 2 : state.rows >= 8 ? 1 : 0;
  return Math.min(most, noticesOf(state).length);
}

/** A row each; the last one says how many there is no room for. */
export function noticeLines(state: ConsoleState): readonly (readonly Span[])[] {
  const notices = noticesOf(state);
  const count = noticeCount(state);
  return notices.slice(0, count).map(({ head, words, token }, index) => {
    const more = index === count - 1 && notices.length > count ? `  +${notices.length - count} more` : '';
    return [span(` ${head}`, token), span(more, 'text.secondary'), span(words === '' ? '' : `  ${legible(words)}`)];
  });
}

/** The rows that are left for a screen. */
export function roomOf(state: ConsoleState): number {
  return state.rows - noticeCount(state);
}
