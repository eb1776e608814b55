/**
 * Kubernetes label selectors, the equality and set forms that kubectl takes: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
 */
export type Selector = (labels: Readonly<Record<string, string>>) => boolean;

const setForm = /^\s*([^\s=!,()]+)\s+(in|notin)\s+\(([^()]*)\)\s*$/;
const equalForm = /^\s*([^\s=!,()]+)\s*(==|=|!=)\s*([^\s=!,()]*)\s*$/;
const existsForm = /^\s*(!?)\s*([^\s=!,()]+)\s*$/;

/** Throws SyntaxError that names the part that cannot be read. */
export function parseSelector(text: string): Selector {
  const parts = splitOutsideParentheses(text).map(parsePart);
  return (labels) => parts.every((part) => part(labels));
}

function parsePart(text: string): Selector {
  const set = setForm.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    return operator === 'in'
      ? (labels) => values.has(labels[key] ?? '\0')
      : (labels) => !values.has(labels[key] ?? '\0');
  }
  const equal = equalForm.exec(text);
  if (equal !== null) {
    const [, key = '', operator, value = ''] = equal;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const exists = existsForm.exec(text);
  if (exists !== null) {
    const [, not, key = ''] = exists;
    return not === '!' ? (labels) => !(key in labels) : (labels) => key in labels;
  }
  throw new SyntaxError(`"${text.trim()}" is not a label selector such as app.kubernetes.io/name=odoo`);
}

function splitOutsideParentheses(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '(') {
      depth += 1;
    } else if (character === ')') {
      depth -= 1;
    } else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.filter((part) => part.trim() !== '');
}
