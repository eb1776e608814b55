import { isDeepStrictEqual } from 'node:util';
import { Refusal } from './status.ts';

interface Step {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

type Container = Record<string, unknown> | unknown[];

/** JSON Patch (RFC 6902). A failed test and a bad path are answered alike (facts: kubernetes-verified.md §7). */
export function jsonPatched(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw rejected();
  }
  let result: unknown = structuredClone(target);
  for (const step of patch as readonly Step[]) {
    result = stepped(result, step);
  }
  return result;
}

function stepped(root: unknown, { op, path, from, value }: Step): unknown {
  const keys = keysOf(path);
  switch (op) {
    case 'test':
      if (!isDeepStrictEqual(valueAt(root, keys), value)) {
        throw rejected();
      }
      return root;
    case 'add':
    case 'replace':
      return put(root, keys, structuredClone(value), op);
    case 'remove':
      return put(root, keys, undefined, 'remove');
    case 'copy':
    case 'move': {
      const moved = valueAt(root, keysOf(from ?? ''));
      const rest = op === 'move' ? put(root, keysOf(from ?? ''), undefined, 'remove') : root;
      return put(rest, keys, structuredClone(moved), 'add');
    }
    default:
      throw rejected();
  }
}

function put(root: unknown, keys: readonly string[], value: unknown, op: 'add' | 'replace' | 'remove'): unknown {
  const key = keys.at(-1);
  if (key === undefined) {
    return value;
  }
  const holder = valueAt(root, keys.slice(0, -1)) as Container;
  if (typeof holder !== 'object' || holder === null) {
    throw rejected();
  }
  if (Array.isArray(holder)) {
    const index = key === '-' ? holder.length : Number(key);
    if (!Number.isInteger(index) || index < 0 || index > holder.length - (op === 'add' ? 0 : 1)) {
      throw rejected();
    }
    holder.splice(index, op === 'add' ? 0 : 1, ...(op === 'remove' ? [] : [value]));
    return root;
  }
  if (op !== 'add' && !Object.hasOwn(holder, key)) {
    throw rejected();
  }
  if (op === 'remove') {
    delete holder[key];
  } else {
    Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return root;
}

function valueAt(root: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((at, key) => {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) {
      throw rejected();
    }
    return (at as Record<string, unknown>)[key];
  }, root);
}

function keysOf(path: string): readonly string[] {
  return path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function rejected(): Refusal {
  return new Refusal(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}
