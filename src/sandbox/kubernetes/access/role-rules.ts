import { isDeepStrictEqual } from 'node:util';
import { type InvalidField, invalid } from '../api/status.ts';
import type { Kind } from '../kinds/kind.ts';
import type { SeedObject, StoredObject } from '../types.ts';
import type { Rule } from './rbac.ts';

interface RoleRef {
  readonly apiGroup: string;
  readonly kind?: string;
  readonly name?: string;
}

interface Subject {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** Throws 422 in the server's words for a role or binding that makes no sense, and for a binding that turns to another role. */
export function refuseInvalidRole(kind: Kind, object: SeedObject, before: StoredObject | undefined): void {
  const rules = (object['rules'] ?? []) as readonly Partial<Rule>[];
  const problems = [
    ...nameProblems(object.metadata.name),
    ...(kind.plural.endsWith('bindings') ? bindingProblems(kind, object, before) : []),
    ...rules.flatMap((rule, index) => ruleProblems(kind, rule, index)),
    ...aggregationProblems(object),
  ];
  if (problems.length > 0) {
    throw invalid(kind.kind, kind.group, object.metadata.name, problems);
  }
}

/** Names of roles may be nearly anything, as long as they fit into a path. */
function nameProblems(name: string): readonly InvalidField[] {
  const value = (why: string): InvalidField => wrong('metadata.name', `${JSON.stringify(name)}: ${why}`);
  const forbidden = ['/', '%'].filter((character) => name.includes(character));
  return name === '.' || name === '..'
    ? [value(`may not be '${name}'`)]
    : forbidden.map((character) => value(`may not contain '${character}'`));
}

function aggregationProblems(object: SeedObject): readonly InvalidField[] {
  const rule = object['aggregationRule'] as { readonly clusterRoleSelectors?: readonly object[] } | undefined;
  return rule === undefined || (rule.clusterRoleSelectors ?? []).length > 0
    ? []
    : [
        required(
          'aggregationRule.clusterRoleSelectors',
          'at least one clusterRoleSelector required if aggregationRule is non-nil',
        ),
      ];
}

function ruleProblems(kind: Kind, rule: Partial<Rule>, index: number): readonly InvalidField[] {
  const at = (field: string): string => `rules[${index}].${field}`;
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const problems: InvalidField[] = [];
  if (verbs.length === 0) {
    problems.push(required(at('verbs'), 'verbs must contain at least one value'));
  }
  if (nonResourceURLs.length > 0) {
    const value = (why: string): InvalidField =>
      wrong(at('nonResourceURLs'), `${JSON.stringify(nonResourceURLs)}: ${why}`);
    if (kind.namespaced) {
      problems.push(value('namespaced rules cannot apply to non-resource URLs'));
    }
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) {
      problems.push(value('rules cannot apply to both regular resources and non-resource URLs'));
    }
    return problems;
  }
  if (apiGroups.length === 0) {
    problems.push(required(at('apiGroups'), 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    problems.push(required(at('resources'), 'resource rules must supply at least one resource'));
  }
  return problems;
}

function bindingProblems(kind: Kind, object: SeedObject, before: StoredObject | undefined): readonly InvalidField[] {
  const { apiGroup, kind: roleKind = '', name = '' } = object['roleRef'] as RoleRef;
  const subjects = (object['subjects'] ?? []) as readonly Subject[];
  const kinds = kind.namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  const problems: InvalidField[] = [];
  if (!kinds.includes(roleKind)) {
    problems.push(unsupported('roleRef.kind', roleKind, kinds));
  }
  if (name === '') {
    problems.push(required('roleRef.name'));
  }
  for (const [index, subject] of subjects.entries()) {
    problems.push(...subjectProblems(kind, subject, `subjects[${index}]`));
  }
  if (before !== undefined && !isDeepStrictEqual(object['roleRef'], before['roleRef'])) {
    const value = JSON.stringify({ APIGroup: apiGroup, Kind: roleKind, Name: name });
    problems.push(wrong('roleRef', `${value}: cannot change roleRef`));
  }
  return problems;
}

const subjectKinds = ['ServiceAccount', 'User', 'Group'];

function subjectProblems(binding: Kind, { kind = '', name = '', namespace = '' }: Subject, at: string): InvalidField[] {
  const problems: InvalidField[] = [];
  if (name === '') {
    problems.push(required(`${at}.name`));
  }
  if (!subjectKinds.includes(kind)) {
    problems.push(unsupported(`${at}.kind`, kind, subjectKinds));
  }
  if (kind === 'ServiceAccount' && !binding.namespaced && namespace === '') {
    problems.push(required(`${at}.namespace`));
  }
  return problems;
}

function required(field: string, why?: string): InvalidField {
  return {
    reason: 'FieldValueRequired',
    field,
    message: why === undefined ? 'Required value' : `Required value: ${why}`,
  };
}

function wrong(field: string, message: string): InvalidField {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${message}` };
}

function unsupported(field: string, value: string, supported: readonly string[]): InvalidField {
  const list = supported.map((each) => JSON.stringify(each)).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
  };
}
