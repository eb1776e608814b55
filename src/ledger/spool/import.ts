import { createHash } from 'node:crypto';
import { exitCodes, TillError } from '#text/till-error.ts';
import { ledgerBody, type Stamp } from '../body.ts';
import type { JsonObject } from '../canonical.ts';
import { type EntryBody, type LedgerEntry, limits, whoOf } from '../entry.ts';
import type { PostgresLedger } from '../postgres/store.ts';

/**
 * Brings what was spooled into the shared ledger, each entry under the id that it has: done again after a crash in the middle,
 * nothing is there twice. A break-glass grant ends with its import: its clock would else begin anew.
 */
export async function imported(
  entries: readonly LedgerEntry[],
  shared: PostgresLedger,
  stamp: () => Stamp,
): Promise<void> {
  const [genesis, last] = [entries[0], entries.at(-1)];
  if (genesis === undefined || last === undefined) {
    return;
  }
  const { asserted } = genesis.actor;
  const where = { host: asserted.by === 'os' ? asserted.host : whoOf(asserted), user: whoOf(asserted) };
  const place = { ...where, first: genesis.seq, last: last.seq, head: last.hash };
  const keeping = (phase: string, params: JsonObject, of: LedgerEntry) =>
    shared.adopt({ ...ledgerBody(phase, params, stamp()), id: idFrom(phase, of) });

  await keeping('import-begin', place, last);
  let count = 0;
  for (const entry of entries.filter(({ kind }) => kind !== 'ledger')) {
    const refused = await adopted(bodyIn(entry, where), shared);
    if (refused === null) {
      count += 1;
    } else {
      const { seq, hash } = entry;
      const why = refused.message.slice(0, limits.message);
      await keeping('import-refused', { ...where, seq, hash, entry: kept(entry), why }, entry);
    }
    if (entry.kind === 'grant' && entry.phase === 'activate') {
      await adopted({ ...bodyIn(entry, where), id: idFrom('end', entry), phase: 'end', spooled: null }, shared);
    }
  }
  await keeping('import-end', { ...place, count }, last);
}

/** Null when it is there, now or since before; else the law that keeps it out. */
async function adopted(body: EntryBody, shared: PostgresLedger): Promise<TillError | null> {
  try {
    await shared.adopt(body);
    return null;
  } catch (error) {
    if (!(error instanceof TillError) || error.exit === exitCodes.unreachable) {
      throw error;
    }
    return error.reason === 'entry-known' ? null : error;
  }
}

function bodyIn(
  { seq, prev: _prev, hash, ...body }: LedgerEntry,
  { host, user }: { readonly host: string; readonly user: string },
): EntryBody {
  return { ...body, spooled: { at: body.at, host, user, seq, hash } };
}

/** What the entry says, in the words that it was hashed in. */
function kept({ kind, phase, operation, grant, action, params, reason, ticket, at }: LedgerEntry): JsonObject {
  return { kind, phase, operation, grant, action, params, reason, ticket, at };
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** An id that the same spool always gives: with its entry's time, so that it sorts beside it. */
function idFrom(what: string, { id, hash }: LedgerEntry): string {
  const bytes = createHash('sha256').update(`${what} ${hash}`).digest();
  return id.slice(0, 10) + [...bytes.subarray(0, 16)].map((byte) => alphabet[byte % 32]).join('');
}
