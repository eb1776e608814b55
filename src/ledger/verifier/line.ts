import { sha256 } from './sha256.ts';

/**
 * A line of the ledger: `{"entry":{…},"ledger":"v1","prev":"…","seq":7,"sha256":"…"}` from a file,
 * `{"asserted":{…},"entry":{…},"ledger":"v2",…}` from PostgreSQL, where the server says who and when. Both are canonical
 * JSON and hashed as the bytes that stand before `,"sha256":"`.
 */

export const noHash = '0'.repeat(64);

/** What a line says of its place. */
export interface Link {
  readonly seq: number;
  readonly prev: string;
  readonly hash: string;
}

/** `,"sha256":"` + 64 + `"}` */
const sealLength = 77;
const longestEnd = 200;
const end = /,"ledger":"(v[12])","prev":"([0-9a-f]{64})","seq":([1-9]\d{0,15}),"sha256":"([0-9a-f]{64})"\}$/;
const beginnings: Readonly<Record<string, string>> = { v1: '{"entry":{', v2: '{"asserted":{' };

/** Null when the line does not have the form of one. */
export function linkOf(line: Buffer): Link | null {
  const found = end.exec(line.toString('latin1', Math.max(0, line.length - longestEnd), line.length));
  const [, form = '', prev = '', seq = '', hash = ''] = found ?? [];
  const beginning = beginnings[form];
  return beginning === undefined || line.toString('latin1', 0, beginning.length) !== beginning
    ? null
    : { seq: Number(seq), prev, hash };
}

/** The hash that the line's bytes really have. */
export function hashOf(line: Buffer): string {
  return sha256(line.subarray(0, line.length - sealLength), 'hex');
}

/** What verification must know of every entry; read from the bytes, since parsing costs four times all the rest. */
export interface Facts {
  /** RFC 3339 in UTC; empty where there is none. */
  at: string;
  kind: string;
  phase: string;
  operation: string;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** The facts of a line whose hash fits its bytes: canonical JSON, without white space. Into `facts`, which is used again. */
export function readFacts(line: Buffer, facts: Facts): void {
  facts.at = '';
  facts.kind = '';
  facts.phase = '';
  facts.operation = '';
  // `{"asserted":{` or `{"entry":{`
  const isAsserted = line[2] === 0x61;
  const body = isAsserted ? members(line, 12, facts) + ',"entry":'.length : 9;
  members(line, body, facts);
}

/** Reads the members of the object that begins at `start`; where it ends. */
function members(line: Buffer, start: number, facts: Facts): number {
  let at = start + 1;
  while (at < line.length && line[at] === quote) {
    const key = at + 1;
    at = afterString(line, at);
    const value = at + 1;
    const length = at - 1 - key;
    at = afterValue(line, value);
    if (line[value] === quote && length <= 9) {
      note(line, key, length, value + 1, at - 1, facts);
    }
    if (line[at] !== comma) {
      break;
    }
    at += 1;
  }
  return at + 1;
}

function note(line: Buffer, key: number, length: number, from: number, to: number, facts: Facts): void {
  const first = line[key];
  if (length === 2 && first === 0x61 && line[key + 1] === 0x74) {
    facts.at = line.toString('latin1', from, to);
  } else if (length === 4 && first === 0x6b && line.toString('latin1', key, key + 4) === 'kind') {
    facts.kind = line.toString('latin1', from, to);
  } else if (length === 5 && first === 0x70 && line.toString('latin1', key, key + 5) === 'phase') {
    facts.phase = line.toString('latin1', from, to);
  } else if (length === 9 && first === 0x6f && line.toString('latin1', key, key + 9) === 'operation') {
    facts.operation = line.toString('latin1', from, to);
  }
}

/** Where the string that begins at `start` has ended. */
function afterString(line: Buffer, start: number): number {
  let at = start + 1;
  for (let byte = line[at]; byte !== quote && byte !== undefined; byte = line[at]) {
    at += byte === backslash ? 2 : 1;
  }
  return at + 1;
}

function afterValue(line: Buffer, start: number): number {
  let at = start;
  let depth = 0;
  for (let byte = line[at]; byte !== undefined; byte = line[at]) {
    if (byte === quote) {
      at = afterString(line, at);
    } else {
      if (byte === openBrace || byte === openBracket) {
        depth += 1;
      } else if (depth > 0 && (byte === closeBrace || byte === closeBracket)) {
        depth -= 1;
      } else if (depth === 0 && (byte === comma || byte === closeBrace || byte === closeBracket)) {
        return at;
      }
      at += 1;
    }
    if (depth === 0 && (line[at] === comma || line[at] === closeBrace || line[at] === closeBracket)) {
      return at;
    }
  }
  return at;
}

/** An entry as far as verification asks: every field, whatever the form of its line. */
export interface Entry {
  readonly seq: number;
  readonly hash: string;
  readonly at: string;
  readonly kind: string;
  readonly phase: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly reason: string | null;
  /** The name by which the store knows who acted. */
  readonly who: string;
  /** Every field that the line has, its place aside. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Every field of an entry, whatever the form of its line: who and when are the server's word where it gave it. */
export function fieldsIn(line: Buffer): Readonly<Record<string, unknown>> {
  const { entry, asserted } = JSON.parse(line.toString('utf8'));
  if (asserted === undefined) {
    return entry;
  }
  const { at, ...by } = asserted;
  return { ...entry, at, actor: { ...entry.actor, asserted: by } };
}

/** The whole entry of a line whose hash fits; null where it cannot be read. */
export function entryOf(line: Buffer, { seq, hash }: Link): Entry | null {
  try {
    const fields = fieldsIn(line);
    const { at, kind, phase, params, reason, actor } = fields;
    const by = record(record(actor)['asserted']);
    return {
      ...{ seq, hash, at: String(at), kind: String(kind), phase: String(phase), fields, params: record(params) },
      reason: typeof reason === 'string' ? reason : null,
      who: String(by['login'] ?? by['user'] ?? 'somebody'),
    };
  } catch {
    return null;
  }
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
