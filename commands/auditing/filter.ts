import { safeParse } from 'valibot';
import { anyIncidentNamed } from '#actions/standing.ts';
import { duration } from '#estate/values.ts';
import type { Flag, Invocation } from '#grammar/command.ts';
import { usageError } from '#grammar/usage-error.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { Filter } from '#ledger/query.ts';

/** Which entries are meant; every flag given must hold. */
export const filterFlags: readonly Flag[] = [
  { name: 'tenant', value: 'NAME', summary: 'that touch it; a name or glob', completion: 'tenant' },
  { name: 'actor', value: 'NAME', summary: 'by that user, or the person behind it; a name or glob' },
  { name: 'action', value: 'ACTION', summary: 'of that action; a name or glob' },
  { name: 'incident', value: 'NAME', summary: 'of that incident, by name or id' },
  { name: 'bulk', value: 'ID', summary: 'of the operations that one call began on several targets' },
  { name: 'since', value: 'INSTANT', summary: 'from then on: RFC 3339, or 2h for two hours ago' },
  { name: 'until', value: 'INSTANT', summary: 'before then' },
  { name: 'limit', value: 'N', summary: 'at most so many' },
];

export async function filterOf(invocation: Invocation, ledger: Ledger): Promise<Filter> {
  const text = (flag: string) => {
    const value = invocation.value(flag);
    return value === undefined ? {} : { [flag]: value };
  };
  const incident = invocation.value('incident');
  return {
    ...text('tenant'),
    ...text('actor'),
    ...text('action'),
    ...text('bulk'),
    ...(incident === undefined ? {} : { incident: await anyIncidentNamed(incident, ledger) }),
    ...when(invocation, 'since'),
    ...when(invocation, 'until'),
  };
}

/** The limit that was given, or the usual one. Throws TillError (exit 2). */
export function limitOf(invocation: Invocation, usual: number): number {
  const text = invocation.value('limit') ?? String(usual);
  if (!/^[1-9]\d{0,8}$/u.test(text)) {
    throw usageError(`--limit takes a number from 1 up, not "${text}"`, null);
  }
  return Number(text);
}

/** Says that somebody read it: once in this run, before anything is shown. A ledger on a read-only disk is still readable. */
export async function sayRead(what: string, filter: Filter, ledger: Ledger, { io }: Invocation): Promise<void> {
  const why = await ledger.recordReading(what, filter);
  if (why !== null) {
    io.err(`this reading could not be recorded: ${why}\n`);
  }
}

function when(invocation: Invocation, flag: 'since' | 'until'): { readonly since?: number; readonly until?: number } {
  const at = momentOf(invocation, flag);
  return at === undefined ? {} : { [flag]: at };
}

/** The instant that a flag names, in epoch milliseconds; undefined when it was not given. Throws TillError (exit 2). */
export function momentOf(invocation: Invocation, flag: string): number | undefined {
  const text = invocation.value(flag);
  if (text === undefined) {
    return undefined;
  }
  const ago = safeParse(duration, text);
  const at = ago.success ? invocation.io.clock.now() - ago.output * 1000 : Date.parse(text);
  if (!Number.isFinite(at) || (!ago.success && !/^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/u.test(text))) {
    throw usageError(`--${flag} takes an instant or an age, not "${text}"`, null, '2026-11-27T06:00:00Z, or 2h');
  }
  return at;
}
