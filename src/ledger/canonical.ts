/**
 * What may stand in an entry. RFC 8785 prints any double; we let in integers alone, because a number that two programs
 * print differently breaks a chain that nobody touched (facts: access-audit.md §2.4). Money and big numbers are strings.
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

const deepest = 32;

/** The one text of a value (RFC 8785): keys in order of their UTF-16 code units, no white space. Throws a TypeError that
 * names the place of a value that has no such text: a fraction, a lone surrogate, something that is not JSON. */
export function canonical(value: Json): string {
  return textOf(value, '$', 0);
}

function textOf(value: unknown, path: string, depth: number): string {
  if (depth > deepest) {
    throw new TypeError(`${path}: nested deeper than ${deepest}`);
  }
  switch (typeof value) {
    case 'string':
      return stringText(value, path);
    case 'number':
      if (!Number.isSafeInteger(value)) {
        throw new TypeError(`${path}: ${value} is not a whole number below 2^53; write it as a string`);
      }
      return String(value);
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? 'null' : compoundText(value, path, depth);
    default:
      throw new TypeError(`${path}: ${typeof value} has no JSON`);
  }
}

function stringText(text: string, path: string): string {
  if (!text.isWellFormed()) {
    throw new TypeError(`${path}: a lone surrogate has no UTF-8`);
  }
  return JSON.stringify(text);
}

function compoundText(value: object, path: string, depth: number): string {
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item, index) => textOf(item, `${path}[${index}]`, depth + 1)).join(',')}]`;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`${path}: ${value.constructor.name} is not a plain object`);
  }
  // The default order of sort() is by UTF-16 code units, which is what RFC 8785 §3.2.3 asks for.
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, item]) => `${stringText(key, path)}:${textOf(item, `${path}.${key}`, depth + 1)}`).join(',')}}`;
}

/** True for a value that has a canonical text. */
export function isJson(value: unknown): value is Json {
  try {
    textOf(value, '$', 0);
    return true;
  } catch {
    return false;
  }
}
