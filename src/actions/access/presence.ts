import { standingOf } from '#ledger/access/standing.ts';
import type { Actor } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { LedgerState } from '#ledger/state.ts';
import type { AccessNow } from '#policy/access/judge.ts';
import type { Clock } from '#text/clock.ts';

/** Who the store takes us for, and how far its clock is from this host's. */
export interface Present {
  readonly actor: Actor;
  /** What has to be added to this host's clock to have the store's. */
  readonly offsetMs: number;
}

interface Measured extends Present {
  readonly at: number;
}

/** A clock may be set while a console is open, so the difference is measured again after a while. */
const freshMs = 30_000;
const measured = new WeakMap<Ledger, Promise<Measured>>();

/** Asks the store, unless it was asked a moment ago. Throws a TillError (exit 7) when it is away. */
export async function presentIn(ledger: Ledger, clock: Clock): Promise<Present> {
  const known = await measured.get(ledger);
  if (known !== undefined && clock.monotonic() - known.at < freshMs) {
    return known;
  }
  const asked = measure(ledger, clock);
  measured.set(ledger, asked);
  asked.catch(() => measured.delete(ledger));
  return await asked;
}

/** The answer was given somewhere between asking and hearing: half the way is the best guess. */
async function measure(ledger: Ledger, clock: Clock): Promise<Measured> {
  const began = clock.monotonic();
  const { actor, now } = await ledger.presence();
  const at = clock.monotonic();
  return { actor, offsetMs: Math.round(now + (at - began) / 2 - clock.now()), at };
}

/** What access is judged by, from a state of the ledger and who we are in it. */
export function accessNow({ actor, offsetMs }: Present, state: LedgerState, clock: Pick<Clock, 'now'>): AccessNow {
  return { state, who: standingOf(actor.asserted, state), now: clock.now() + offsetMs };
}
