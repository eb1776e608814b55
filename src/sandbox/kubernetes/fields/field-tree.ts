/**
 * A set of fields in the form of `managedFields[].fieldsV1`: a node without children is in the set itself, and so is one with
 * the child `.`; any other node only leads to its children. No set at all is `undefined`.
 */
export interface FieldTree {
  readonly [key: string]: FieldTree;
}

export type FieldSet = FieldTree | undefined;

export function isMember(node: FieldTree): boolean {
  return Object.hasOwn(node, '.') || Object.keys(node).length === 0;
}

/** A node from its parts; `undefined` when there is nothing of it. */
export function node(isIn: boolean, children: Readonly<Record<string, FieldTree>>): FieldSet {
  if (Object.keys(children).length === 0) {
    return isIn ? {} : undefined;
  }
  return isIn ? { '.': {}, ...children } : children;
}

export function united(one: FieldSet, other: FieldSet): FieldSet {
  if (one === undefined || other === undefined) {
    return one ?? other;
  }
  const children: Record<string, FieldTree> = Object.fromEntries(childrenOf(one));
  for (const [key, child] of childrenOf(other)) {
    children[key] = united(children[key], child) ?? child;
  }
  return node(isMember(one) || isMember(other), children);
}

export function without(one: FieldSet, taken: FieldSet): FieldSet {
  if (one === undefined || taken === undefined) {
    return one;
  }
  const children: Record<string, FieldTree> = {};
  for (const [key, child] of childrenOf(one)) {
    const left = without(child, taken[key]);
    if (left !== undefined) {
      children[key] = left;
    }
  }
  return node(isMember(one) && !isMember(taken), children);
}

export function shared(one: FieldSet, other: FieldSet): FieldSet {
  if (one === undefined || other === undefined) {
    return undefined;
  }
  const children: Record<string, FieldTree> = {};
  for (const [key, child] of childrenOf(one)) {
    const both = shared(child, other[key]);
    if (both !== undefined) {
      children[key] = both;
    }
  }
  return node(isMember(one) && isMember(other), children);
}

/** The paths of a set as messages print them: `.spec.template.spec.containers[name="odoo"].image`. */
export function pathsOf(tree: FieldSet, path = ''): readonly string[] {
  if (tree === undefined) {
    return [];
  }
  const own = path !== '' && isMember(tree) ? [path] : [];
  const children = childrenOf(tree).toSorted(([a], [b]) => a.localeCompare(b));
  return [...own, ...children.flatMap(([key, child]) => pathsOf(child, path + stepOf(key)))];
}

function stepOf(key: string): string {
  const rest = key.slice(2);
  switch (key[0]) {
    case 'k': {
      const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${rest}]`;
    default:
      return `.${rest}`;
  }
}

function childrenOf(tree: FieldTree): readonly (readonly [string, FieldTree])[] {
  return Object.entries(tree).filter(([key]) => key !== '.');
}
