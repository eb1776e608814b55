import { ownerOf } from '#backups/layout.ts';
import { remainsWords } from '#backups/leftover-words.ts';
import type { Remains } from '#backups/leftovers.ts';
import { type Finding, flaw, ok } from '#health/finding.ts';
import { ReadFailure } from '#systems/source.ts';
import { graceMs } from '../keeping/prune-plan.ts';
import { findRemains, runningNow } from '../remains.ts';
import type { Looked } from './looked.ts';

const check = 'left over';
/** Of one kind; `till backups` names every one. */
const mostNamed = 10;
/** Nobody needs longer to decide whether a restored database is swapped in. */
const longMs = 7 * 86_400_000;

/** What restores, drills and backups left that were killed, or that nobody has tidied up after. */
export async function examineLeftovers(world: Looked): Promise<readonly Finding[]> {
  const running = await runningNow(world);
  const now = world.clock.now();
  const [remains, uploads] = await Promise.all([
    findRemains(world, world.everybody, running),
    unfinished(world, new Set(running.map(({ operation }) => operation)), now),
  ]);
  const all = [...remains.map((one) => ofRemains(one, now)), ...uploads];
  const more = all.length - mostNamed;
  return all.length === 0
    ? [ok('backups', check, 'nothing')]
    : [
        ...all.slice(0, mostNamed),
        ...(more > 0 ? [flaw('backups', check, 'weak', `and ${more} more`, { next: 'till backups' })] : []),
      ];
}

function ofRemains(remains: Remains, now: number): Finding {
  const { kind, place, remove, at } = remains;
  const subject = kind === 'folder' ? 'backups' : `postgres/${place}`;
  const isNew = (kind === 'restored' || kind === 'kept') && at !== null && now - Date.parse(at) < longMs;
  const words = remainsWords(remains, now);
  return isNew
    ? ok(subject, check, words)
    : flaw(subject, check, 'weak', words.slice(0, -`: ${remove}`.length), { next: remove });
}

/** Uploads that were begun and never ended; young ones may be another machine's. */
async function unfinished(
  { store, backups }: Looked,
  running: ReadonlySet<string>,
  now: number,
): Promise<readonly Finding[]> {
  try {
    const found = await (await store(backups.store)).leftovers('');
    return found
      .filter(({ key, begunAt }) => !running.has(ownerOf(key)?.backup ?? '') && now - Date.parse(begunAt) > graceMs)
      .map(({ key, begunAt }) => {
        const tenant = /^(?:backups|proofs|filestore)\/([^/]+)\//.exec(key)?.[1];
        const next = tenant === undefined ? {} : { next: `till prune ${tenant}` };
        return flaw(
          `store/${backups.store}`,
          check,
          'weak',
          `an upload begun at ${begunAt} and never ended: ${key}`,
          next,
        );
      });
  } catch (error) {
    if (error instanceof ReadFailure) {
      // That it is away is said where the store is looked at.
      return [];
    }
    throw error;
  }
}
