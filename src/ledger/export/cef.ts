import { clean } from '#text/clean.ts';
import { version } from '#text/version.ts';
import { type LedgerEntry, whoOf } from '../entry.ts';
import { type Severity, severityOf, sortOf, typeOf } from './catalogue.ts';
import { placeOf } from './csv.ts';
import type { Circumstances } from './grants-known.ts';

/** CEF counts to ten. */
const scale: Readonly<Record<Severity, number>> = { 1: 1, 2: 3, 3: 5, 4: 8, 5: 10 };

/**
 * ArcSight's Common Event Format, version 0: one line without control characters, whatever is in the entry, so that no syslog
 * server sees two. Header fields end at a pipe, values of the extension at the next `key=`.
 */
export function cefLine(entry: LedgerEntry, { estateId, grants }: Circumstances): string {
  const grant = grants.get(entry.grant ?? '');
  const { code } = sortOf(entry);
  const severity = scale[severityOf(entry, grant?.isBreakGlass === true && entry.kind === 'grant')];
  const header = ['CEF:0', 'till', 'till', version, code, typeOf(entry), String(severity)].map(headerText);
  const extension = extensionOf(entry, estateId, grant?.subject ?? null)
    .filter(([, value]) => value !== null && value !== '')
    .map(([key, value]) => `${key}=${extensionText(String(value), longest[key] ?? 4_000)}`);
  return `${header.join('|')}|${extension.join(' ')}`;
}

type Field = readonly [key: string, value: string | number | null];

/** Lengths that the format promises. */
const longest: Readonly<Record<string, number>> = {
  ...{ externalId: 40, deviceExternalId: 255, suser: 1_023, suid: 1_023, duser: 1_023, shost: 1_023 },
  ...{ act: 63, reason: 1_023, msg: 1_023, outcome: 63 },
};

function extensionOf(entry: LedgerEntry, estateId: string, subject: string | null): readonly Field[] {
  const { actor, target, outcome, params } = entry;
  const { asserted } = actor;
  const person = params['person'];
  return [
    ['rt', Date.parse(entry.at)],
    ['externalId', entry.id],
    ['deviceExternalId', estateId],
    ['suser', whoOf(asserted)],
    ['suid', asserted.by === 'os' ? asserted.uid : null],
    ...source(asserted),
    ['duser', subject ?? (entry.kind === 'lock' && typeof person === 'string' ? person : null)],
    ['act', entry.action ?? `${entry.kind} ${entry.phase}`],
    ['outcome', outcome?.status ?? null],
    ['reason', entry.reason],
    ['msg', outcome?.message ?? null],
    ...labelled('cs1', 'tenants', target?.tenants.join(' ') ?? null),
    ...labelled('cs2', 'operation', entry.operation),
    ...labelled('cs3', 'grant', entry.grant),
    ...labelled('cs4', 'ticket', entry.ticket),
    ...labelled('cs5', 'hash', entry.hash),
    ...labelled('cs6', 'prev', entry.prev),
    ...labelled('cn1', 'seq', entry.seq),
  ];
}

/** `src` is an address; a name that is none goes where names go. */
function source(asserted: LedgerEntry['actor']['asserted']): readonly Field[] {
  const place = placeOf(asserted);
  const isAddress = asserted.by === 'postgresql' && asserted.address !== null;
  return [isAddress ? ['src', place] : ['shost', place]];
}

function labelled(key: string, label: string, value: string | number | null): readonly Field[] {
  return value === null || value === ''
    ? []
    : [
        [`${key}Label`, label],
        [key, value],
      ];
}

function headerText(text: string): string {
  return clean(text).replaceAll('\\', '\\\\').replaceAll('|', '\\|');
}

function extensionText(text: string, most: number): string {
  const line = clean(text);
  const short = line.length <= most ? line : `${line.slice(0, most - 1).toWellFormed()}…`;
  return short.replaceAll('\\', '\\\\').replaceAll('=', '\\=');
}
