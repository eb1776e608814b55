import { clean } from '#text/clean.ts';
import { type LedgerEntry, whoOf } from '../entry.ts';

/** RFC 4180: a comma between, CRLF after, quotes around what needs them and doubled inside. */
export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

/** What a spreadsheet would run as a formula; the wide forms too, which some read as the narrow ones. */
const formula = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/u;

function cell(value: string | number | null): string {
  if (value === null || typeof value === 'number') {
    return value === null ? '' : String(value);
  }
  const text = clean(value);
  const inert = formula.test(text) || formula.test(value) ? `'${text}` : text;
  return /[",\r\n]/u.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

type Column = readonly [title: string, value: (entry: LedgerEntry) => string | number | null];

const columns: readonly Column[] = [
  ['seq', ({ seq }) => seq],
  ['id', ({ id }) => id],
  ['at', ({ at }) => at],
  ['kind', ({ kind }) => kind],
  ['phase', ({ phase }) => phase],
  ['who', ({ actor }) => whoOf(actor.asserted)],
  ['asserted_by', ({ actor }) => actor.asserted.by],
  ['where', ({ actor }) => placeOf(actor.asserted)],
  ['claimed_person', ({ actor }) => actor.claimed.person],
  ['claimed_from', ({ actor }) => actor.claimed.from],
  ['claimed_tty', ({ actor }) => actor.claimed.tty],
  ['claimed_app', ({ actor }) => actor.claimed.app],
  ['claimed_session', ({ actor }) => actor.claimed.session],
  ['operation', ({ operation }) => operation],
  ['action', ({ action }) => action],
  ['tenants', ({ target }) => target?.tenants.join(' ') ?? null],
  ['environment', ({ target }) => target?.environment ?? null],
  ['tier', ({ target }) => target?.tier ?? null],
  ['cluster', ({ target }) => target?.cluster ?? null],
  ['namespace', ({ target }) => target?.namespace ?? null],
  ['object', ({ target }) => target?.name ?? null],
  ['params', ({ params }) => JSON.stringify(params)],
  ['reason', ({ reason }) => reason],
  ['ticket', ({ ticket }) => ticket],
  ['grant', ({ grant }) => grant],
  ['incident', ({ incident }) => incident],
  ['bulk', ({ bulk }) => bulk],
  ['plan_digest', ({ plan }) => plan?.digest ?? null],
  ['status', ({ outcome }) => outcome?.status ?? null],
  ['status_reason', ({ outcome }) => outcome?.reason ?? null],
  ['message', ({ outcome }) => outcome?.message ?? null],
  ['refused_by', ({ outcome }) => outcome?.by ?? null],
  ['spooled_at', ({ spooled }) => spooled?.at ?? null],
  ['prev', ({ prev }) => prev],
  ['hash', ({ hash }) => hash],
];

export const csvHead = csvLine(columns.map(([title]) => title));

export function csvRow(entry: LedgerEntry): string {
  return csvLine(columns.map(([, value]) => value(entry)));
}

/** Where the store saw them. */
export function placeOf(asserted: LedgerEntry['actor']['asserted']): string {
  return asserted.by === 'os' ? asserted.host : (asserted.address ?? 'local socket');
}
