import type { LedgerEntry } from '../entry.ts';
import { cefLine } from './cef.ts';
import { csvHead, csvRow } from './csv.ts';
import type { Circumstances } from './grants-known.ts';
import { ocsfEvent } from './ocsf.ts';

export const lineFormats = ['jsonl', 'csv', 'ocsf', 'cef'] as const;
export type LineFormatName = (typeof lineFormats)[number];

/** A file of entries, one after the other; nothing is kept from one to the next. */
export interface LineFormat {
  /** What stands before the first; with its line break. */
  readonly head: string;
  /** With its line break. */
  line(entry: LedgerEntry): string;
}

export function lineFormat(name: LineFormatName, about: Circumstances): LineFormat {
  switch (name) {
    case 'jsonl':
      return { head: '', line: (entry) => `${JSON.stringify(inOrder(entry))}\n` };
    case 'csv':
      return { head: csvHead, line: csvRow };
    case 'ocsf':
      return { head: '', line: (entry) => `${JSON.stringify(ocsfEvent(entry, about))}\n` };
    case 'cef':
      return { head: '', line: (entry) => `${cefLine(entry, about)}\n` };
  }
}

/** The fields of the contract in its order (design §9), then those that came later. */
function inOrder(entry: LedgerEntry): LedgerEntry {
  const { seq, id, operation, at, kind, phase, actor, action, target, params, reason, ticket, ...others } = entry;
  const { grant, incident, outcome, prev, hash, ...later } = others;
  const circumstances = { params, reason, ticket, grant, incident, outcome, prev, hash };
  return { seq, id, operation, at, kind, phase, actor, action, target, ...circumstances, ...later };
}

/** Only these say who a grant is for, which an entry about a grant does not repeat. */
export function needsGrants(name: LineFormatName): boolean {
  return name === 'ocsf' || name === 'cef';
}
