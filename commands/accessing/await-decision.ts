import { setTimeout as pause } from 'node:timers/promises';
import { type AccessDesk, type AccessState, grantNamed, lookAt, standingOfGrant } from '#actions/access/open.ts';
import type { Io } from '#grammar/command.ts';
import type { Grant } from '#ledger/access/grant.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';

export interface Decided {
  readonly grant: Grant;
  readonly access: AccessState;
}

const everyMs = 1_000;

/** Back as soon as it is decided, the time is over, or somebody interrupts: whatever it is then. */
export async function awaitDecision(
  id: string,
  timeoutMs: number,
  desk: AccessDesk,
  { clock, signal }: Pick<Io, 'clock' | 'signal'>,
): Promise<Decided> {
  const until = clock.monotonic() + timeoutMs;
  for (;;) {
    const access = await lookAt(desk);
    const grant = grantNamed(id, access.state);
    const { status, missing } = standingOfGrant(grant, access);
    const waits = status === 'pending' || (status === 'approved' && missing.length > 0);
    if (!waits || clock.monotonic() >= until || signal.aborted) {
      return { grant, access };
    }
    await pause(Math.min(everyMs, Math.max(1, until - clock.monotonic())), undefined, { signal }).catch(
      () => undefined,
    );
  }
}

/** What a script hears (design §9). */
export function exitOfGrant({ grant, access }: Decided): ExitCode {
  const { status, missing } = standingOfGrant(grant, access);
  switch (status) {
    case 'active':
      return exitCodes.ok;
    case 'approved':
      return missing.length === 0 ? exitCodes.ok : exitCodes.timedOut;
    case 'pending':
      return exitCodes.timedOut;
    default:
      return exitCodes.refused;
  }
}
