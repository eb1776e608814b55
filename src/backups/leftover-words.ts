import { span } from '#text/age.ts';
import { size } from '#text/size.ts';
import type { Leftover } from './catalogue.ts';
import type { Remains } from './leftovers.ts';

/** What lies in a store and is no backup, with what takes it away where till does. */
export function leftWords({ kind, key, objects, size: bytes, tenant, message }: Leftover): string {
  const many = objects > 1 ? `, ${objects} objects` : '';
  const isPruned = kind === 'no manifest' || kind === 'unfinished upload' || kind === 'orphan pack';
  const way = isPruned && tenant !== null ? `; two days after it was written: till prune ${tenant}` : '';
  return `${kind}: ${key} (${size(bytes)}${many})${message === null ? '' : `: ${message}`}${way}`;
}

const kindWords: Readonly<Record<Remains['kind'], string>> = {
  scratch: 'unfinished database',
  restored: 'restored database',
  kept: 'database kept since a swap',
  unmarked: 'database with a name of till’s and no word of whose it is',
  folder: 'folder without its database',
};

/** `now`: epoch milliseconds. */
export function remainsWords({ kind, place, name, tenant, at, size: bytes, remove }: Remains, now: number): string {
  const since = at === null ? [] : [`since ${span(Math.max(0, (now - Date.parse(at)) / 1000))}`];
  const said = [...(tenant === null ? [] : [`of ${tenant}`]), ...(bytes === null ? [] : [size(bytes)]), ...since];
  return `${kindWords[kind]}: ${name} in ${place}${said.length === 0 ? '' : ` (${said.join(', ')})`}: ${remove}`;
}
