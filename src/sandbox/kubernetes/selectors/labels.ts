import { badRequest } from '../api/status.ts';

export type Labels = Readonly<Record<string, string>>;
export type LabelSelector = (labels: Labels | undefined) => boolean;

const name = '[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?';
const key = `(?:${name}/)?${name}`;
const setBased = new RegExp(`^(?<key>${key})\\s+(?<operator>in|notin)\\s*\\((?<values>[^()]*)\\)$`);
const equality = new RegExp(`^(?<key>${key})\\s*(?<operator>==|=|!=)\\s*(?<value>(?:${name})?)$`);
const existence = new RegExp(`^(?<not>!)?\\s*(?<key>${key})$`);

/** `a=b,c!=d,e in (f,g),h,!i` as a predicate. Throws the server's 400. */
export function labelSelector(text: string): LabelSelector {
  const requirements = split(text).map(requirement);
  return (labels = {}) => requirements.every((holds) => holds(labels));
}

export interface ObjectSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** A selector as objects carry one; an empty one selects everything. */
export function objectSelector({ matchLabels = {}, matchExpressions = [] }: ObjectSelector): LabelSelector {
  const requirements = [
    ...Object.entries(matchLabels).map(([label, value]) => operation(label, 'In', [value])),
    ...matchExpressions.map(({ key: label, operator, values = [] }) => operation(label, operator, values)),
  ];
  return (labels = {}) => requirements.every((holds) => holds(labels));
}

/** Commas separate requirements, but not inside the parentheses of `in (a,b)`. */
function split(text: string): readonly string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function requirement(text: string): (labels: Labels) => boolean {
  const set = setBased.exec(text)?.groups;
  if (set !== undefined) {
    const values = (set['values'] ?? '').split(',').map((value) => value.trim());
    return operation(set['key'] ?? '', set['operator'] === 'in' ? 'In' : 'NotIn', values);
  }
  const equal = equality.exec(text)?.groups;
  if (equal !== undefined) {
    return operation(equal['key'] ?? '', equal['operator'] === '!=' ? 'NotIn' : 'In', [equal['value'] ?? '']);
  }
  const exists = existence.exec(text)?.groups;
  if (exists !== undefined) {
    return operation(exists['key'] ?? '', exists['not'] === undefined ? 'Exists' : 'DoesNotExist', []);
  }
  const operator = /^(?:==|=|!=)/.exec(text)?.[0];
  if (operator !== undefined) {
    throw badRequest(`found '${operator}', expected: !, identifier, or 'end of string'`);
  }
  throw badRequest(`unable to parse requirement: found '${text}', expected: identifier`);
}

function operation(label: string, operator: string, values: readonly string[]): (labels: Labels) => boolean {
  switch (operator) {
    case 'In':
      return (labels) => label in labels && values.includes(labels[label] ?? '');
    case 'NotIn':
      return (labels) => !(label in labels && values.includes(labels[label] ?? ''));
    case 'Exists':
      return (labels) => label in labels;
    default:
      return (labels) => !(label in labels);
  }
}
