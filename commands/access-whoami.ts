import { lookAt } from '#actions/access/open.ts';
import { presentIn } from '#actions/access/presence.ts';
import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { lockOn } from '#ledger/access/standing.ts';
import { whoOf } from '#ledger/entry.ts';
import { modeNow, modeWords, noticesNow } from '#policy/access/mode.ts';
import { clean } from '#text/clean.ts';
import { exitCodes } from '#text/till-error.ts';
import { withAccess } from './accessing/with-access.ts';

export const command: Command = {
  name: 'access whoami',
  summary: 'Say who the ledger takes you for, what this side claims, and what you may do now',
  examples: [{ line: 'till access whoami', note: 'what the store vouches for stands apart from what it was told' }],
  async run(invocation) {
    return await withAccess(invocation, async (desk) => {
      const access = await lookAt(desk);
      const { actor, offsetMs } = await presentIn(desk.ledger, desk.clock);
      const { who, state, now } = access;
      const mode = modeNow(access, desk.estate.mode);
      const lock = lockOn(who.name, state, now);
      const { broken, reviews } = noticesNow(access);
      const { asserted, claimed } = actor;
      const account = asserted.by === 'os' ? `${asserted.user} on ${asserted.host}` : asserted.login;
      await printOne(invocation, {
        kind: 'Presence',
        name: who.name ?? whoOf(asserted),
        fields: {
          ...{
            person: who.person?.name ?? null,
            personKind: who.person?.kind ?? null,
            groups: who.person?.groups ?? [],
          },
          ...{ asserted, claimed, mode: mode.mode, until: mode.until, leftSeconds: mode.seconds },
          grants: mode.grants.map(({ grant }) => grant),
          ...{ locked: lock?.lock ?? null, policy: state.policy?.policy ?? null, clockOffsetMs: offsetMs },
          ...{ openBreakGlass: broken.map(({ grant }) => grant), reviewsWaiting: reviews.map(({ grant }) => grant) },
        },
        text: (paint) => {
          const line = (label: string, words: string) => `${paint('faint', label.padEnd(10))} ${clean(words)}`;
          const claims = [claimed.person, claimed.from, claimed.tty, claimed.app].filter((one) => one !== null);
          return [
            line('person', personWords(who.person?.name ?? null, state.policy !== null)),
            line('groups', who.person?.groups.join(', ') || 'none'),
            line('vouched', `${account}, by ${asserted.by === 'os' ? 'the operating system' : 'PostgreSQL'}`),
            line('claimed', claims.join(', ') || 'nothing'),
            line('mode', modeWords(mode)),
            ...(lock === null ? [] : [line('locked', `${lock.reason ?? 'no reason given'} (lock ${lock.lock})`)]),
            ...broken.map(({ subject, grant }) => line('glass', `broken by ${subject} (grant ${grant})`)),
            ...reviews.map(({ subject, grant }) => line('review', `of what ${subject} did waits: grant ${grant}`)),
            ...(Math.abs(offsetMs) < 1_000 ? [] : [line('clock', `${offsetMs} ms from the clock of the ledger`)]),
            '',
          ].join('\n');
        },
      });
      return exitCodes.ok;
    });
  },
};

function personWords(name: string | null, isRuled: boolean): string {
  return name ?? (isRuled ? 'nobody whom the access policy names' : 'there is no access policy');
}
