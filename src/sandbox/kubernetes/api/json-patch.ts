import { isDeepStrictEqual } from 'node:util';
import { Refusal } from './status.ts';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** JSON Patch (RFC 6902). Whatever goes wrong is one and the same 422 (facts: kubernetes-verified.md §7). */
export function jsonPatched(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) {
    throw rejected();
  }
  return (operations as readonly Operation[]).reduce(applied, structuredClone(target));
}

function applied(document: unknown, { op, path, from, value }: Operation): unknown {
  switch (op) {
    case 'add':
      return put(document, steps(path), value, true);
    case 'replace':
      at(document, steps(path));
      return put(document, steps(path), value, false);
    case 'remove':
      return removed(document, steps(path));
    case 'move': {
      const moved = at(document, steps(from));
      return put(removed(document, steps(from)), steps(path), moved, true);
    }
    case 'copy':
      return put(document, steps(path), structuredClone(at(document, steps(from))), true);
    case 'test':
      if (!isDeepStrictEqual(at(document, steps(path)), value)) {
        throw rejected();
      }
      return document;
    default:
      throw rejected();
  }
}

function steps(pointer: string | undefined): readonly string[] {
  if (pointer === undefined || (pointer !== '' && !pointer.startsWith('/'))) {
    throw rejected();
  }
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function at(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof value !== 'object' || value === null || !(step in value)) {
      throw rejected();
    }
    return (value as Record<string, unknown>)[step];
  }, document);
}

function put(document: unknown, path: readonly string[], value: unknown, isAdded: boolean): unknown {
  const last = path.at(-1);
  if (last === undefined) {
    return value;
  }
  const parent = at(document, path.slice(0, -1));
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length) {
      throw rejected();
    }
    parent.splice(index, isAdded ? 0 : 1, value);
  } else if (typeof parent === 'object' && parent !== null) {
    (parent as Record<string, unknown>)[last] = value;
  } else {
    throw rejected();
  }
  return document;
}

function removed(document: unknown, path: readonly string[]): unknown {
  at(document, path);
  const parent = at(document, path.slice(0, -1));
  const last = path.at(-1) ?? '';
  if (Array.isArray(parent)) {
    parent.splice(Number(last), 1);
  } else {
    delete (parent as Record<string, unknown>)[last];
  }
  return document;
}

function rejected(): Refusal {
  return new Refusal(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}
