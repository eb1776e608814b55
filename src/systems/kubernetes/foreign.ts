// Objects come from outside: any field may be missing, null or of another type, and a text may be huge. Every projection
// reads through these, so that a hostile object makes an odd row and never an exception.

export type Foreign = Readonly<Record<string, unknown>>;

const nothing: Foreign = Object.freeze({});
const none: readonly never[] = Object.freeze([]);

export function object(value: unknown): Foreign {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Foreign) : nothing;
}

/** The entries that are objects; whatever else stands in the array is left out. */
export function objects(value: unknown): readonly Foreign[] {
  if (!Array.isArray(value)) {
    return none;
  }
  return value.every(isObject) ? value : value.filter(isObject);
}

export function number(value: unknown, otherwise = 0): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}

/** A name, a label, an image: cut at 256 characters, which nothing that Kubernetes accepts as a name exceeds. */
export function text(value: unknown, limit = 256): string {
  if (typeof value !== 'string') {
    return '';
  }
  // A slice would keep the whole of a huge string alive: copy it out.
  return value.length <= limit ? value : Buffer.from(`${value.slice(0, limit - 1)}…`).toString();
}

export function textOrNull(value: unknown, limit = 256): string | null {
  return typeof value === 'string' && value !== '' ? text(value, limit) : null;
}

/** A sentence that a controller wrote. */
export function message(value: unknown): string | null {
  return textOrNull(value, 1024);
}

/** Epoch milliseconds; null for what is no time. */
export function time(value: unknown): number | null {
  if (typeof value !== 'string') {
    return null;
  }
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : at;
}

/** A map of texts (labels, selectors); at most 100 of them. */
export function texts(value: unknown): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  let count = 0;
  const from = object(value);
  for (const key in from) {
    const held = from[key];
    if (typeof held !== 'string' || key === '__proto__') {
      continue;
    }
    found[shared(text(key))] = shared(text(held));
    count += 1;
    if (count === 100) {
      break;
    }
  }
  return found;
}

const pool = new Map<string, string>();

/** One copy of a text that thousands of objects repeat: namespaces, labels, images, nodes. */
export function shared(value: string): string {
  const known = pool.get(value);
  if (known !== undefined) {
    return known;
  }
  if (pool.size > 20_000) {
    pool.clear();
  }
  pool.set(value, value);
  return value;
}

function isObject(value: unknown): value is Foreign {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
