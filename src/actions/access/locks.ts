import type { Lock } from '#ledger/access/grant.ts';
import { lockOn } from '#ledger/access/standing.ts';
import { clean } from '#text/clean.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type AccessDesk, lookAt, written } from './open.ts';

/** Holds a person or a service at once: no grant of theirs works while it stands. */
export async function lockPerson(
  person: string,
  { reason, seconds }: { readonly reason: string; readonly seconds: number | null },
  desk: AccessDesk,
): Promise<Lock> {
  const { now } = await lookAt(desk);
  const lock = desk.ledger.newId();
  const until = seconds === null ? null : new Date(now + seconds * 1000).toISOString();
  const state = await written(desk, { kind: 'lock', phase: 'begin', reason, params: { lock, person, until } });
  const standing = state.locks.get(lock);
  if (standing === undefined) {
    throw new Error(`lock ${lock} was recorded and does not stand`);
  }
  return standing;
}

/** Takes off every lock that holds them now, and returns those. Throws TillError (exit 2) when none does. */
export async function unlockPerson(person: string, reason: string | null, desk: AccessDesk): Promise<readonly Lock[]> {
  const { state, now } = await lookAt(desk);
  if (lockOn(person, state, now) === null) {
    throw new TillError(`${clean(person)} is not locked`, {
      exit: exitCodes.usage,
      reason: 'not-locked',
      target: clean(person),
      next: '`till access list` names those who are',
    });
  }
  const standing = [...state.locks.values()].filter((lock) => lock.person === person);
  for (const { lock } of standing) {
    await written(desk, { kind: 'lock', phase: 'end', reason, params: { lock } });
  }
  return standing;
}
