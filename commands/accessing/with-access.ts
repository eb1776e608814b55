import { ownKey } from '#actions/access/credentials/own-key.ts';
import { grantFields } from '#actions/access/grant-fields.ts';
import { type AccessDesk, type AccessState, lookAt } from '#actions/access/open.ts';
import { openLedger } from '#actions/context.ts';
import type { Estate } from '#estate/estate.ts';
import type { Invocation } from '#grammar/command.ts';
import { formatOf, printOne } from '#grammar/output.ts';
import { stateHome } from '#health/state-folder.ts';
import type { Grant } from '#ledger/access/grant.ts';
import { grantText } from './grant-text.ts';

export interface Access extends AccessDesk {
  readonly estate: Estate;
}

/** Opens the ledger of the estate that is meant, and closes it whatever comes of the work. */
export async function withAccess<Result>(
  invocation: Invocation,
  work: (access: Access) => Promise<Result>,
): Promise<Result> {
  const { io } = invocation;
  const estate = await invocation.estate();
  const ledger = openLedger(estate, io.clock, io.env);
  try {
    return await work({ ledger, clock: io.clock, estate });
  } finally {
    await ledger.close();
  }
}

/** JSON kind `Grant`, or all of it in words. */
export async function printGrant(
  grant: Grant,
  access: AccessState,
  invocation: Invocation,
  failure: string | null = null,
): Promise<void> {
  const fields = grantFields(grant, access, failure);
  await printOne(invocation, {
    kind: 'Grant',
    fields,
    name: grant.grant,
    text: (paint) => grantText(fields, paint),
  });
}

/** What has become of it: in one line for a person, whole for a script. */
export async function tellGrant(
  grant: Grant,
  desk: AccessDesk,
  invocation: Invocation,
  words: string,
  next: string | null = null,
): Promise<void> {
  const format = formatOf(invocation);
  if (format === 'table' || format === 'wide') {
    invocation.io.out(`● ${words}\n${next === null ? '' : `  ${next}\n`}`);
    return;
  }
  await printGrant(grant, await lookAt(desk), invocation);
}

/** This machine's key, made at the first ask; null where the ledger is a file and nobody mints. */
export function keyHere(estate: Estate, env: Invocation['io']['env']): string | null {
  return estate.ledger?.postgres === undefined ? null : ownKey(stateHome(estate.id, env)).publicKey;
}
