import { type ObjectSelector, objectSelector } from '../selectors/labels.ts';
import type { SeedObject, StoredObject } from '../types.ts';
import type { AdmissionRequest } from './request.ts';

interface ResourceRule {
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly operations?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** `matchConstraints` of a policy, and `matchResources` of a binding. */
export interface MatchResources {
  readonly resourceRules?: readonly ResourceRule[];
  readonly excludeResourceRules?: readonly ResourceRule[];
  readonly namespaceSelector?: ObjectSelector;
  readonly objectSelector?: ObjectSelector;
}

export function isMatch(
  match: MatchResources | undefined,
  request: AdmissionRequest,
  namespace: StoredObject | undefined,
): boolean {
  if (match === undefined) {
    return true;
  }
  const { resourceRules, excludeResourceRules = [], namespaceSelector = {}, objectSelector: chosen = {} } = match;
  const labels = ({ metadata }: SeedObject) => metadata.labels;
  return (
    (resourceRules === undefined || resourceRules.some((rule) => isRuled(rule, request))) &&
    !excludeResourceRules.some((rule) => isRuled(rule, request)) &&
    (namespace === undefined || objectSelector(namespaceSelector)(labels(namespace))) &&
    [request.object, request.oldObject].some((object) =>
      object === undefined ? isEverything(chosen) : objectSelector(chosen)(labels(object)),
    )
  );
}

function isEverything({ matchLabels = {}, matchExpressions = [] }: ObjectSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** A resource without a slash is the main one alone; a star behind the slash is the main one and all below it. */
function isRuled(rule: ResourceRule, { kind, subresource = '', operation, name }: AdmissionRequest): boolean {
  const has = (list: readonly string[] | undefined, value: string): boolean =>
    list?.some((each) => each === '*' || each === value) ?? false;
  const isResource = rule.resources?.some((each) => {
    const [resource, part = ''] = each.split('/');
    return (resource === '*' || resource === kind.plural) && (part === '*' || part === subresource);
  });
  const { resourceNames = [] } = rule;
  return (
    isResource === true &&
    has(rule.apiGroups, kind.group) &&
    has(rule.apiVersions, kind.version) &&
    has(rule.operations, operation) &&
    (resourceNames.length === 0 || (name !== undefined && resourceNames.includes(name)))
  );
}
