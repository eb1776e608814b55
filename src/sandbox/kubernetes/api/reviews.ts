import { instant } from '#text/clock.ts';
import type { Identity } from '../access/identity.ts';
import type { Attributes, Authorizer } from '../access/rbac.ts';
import { issuer } from '../access/service-accounts.ts';
import type { Api } from './api.ts';
import { badRequest, type InvalidField, invalid, type Refusal } from './status.ts';
import type { Target } from './target.ts';

type Texts = Readonly<Record<string, string>>;

interface Spec {
  readonly namespace?: string;
  readonly resourceAttributes?: Texts;
  readonly nonResourceAttributes?: Texts;
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly token?: string;
  readonly audiences?: readonly string[];
}

interface Review {
  readonly spec?: Spec;
}

const authentication = 'authentication.k8s.io/v1';
const authorization = 'authorization.k8s.io/v1';

const kinds: Readonly<Record<string, { readonly kind: string; readonly apiVersion: string }>> = {
  localsubjectaccessreviews: { kind: 'LocalSubjectAccessReview', apiVersion: authorization },
  selfsubjectaccessreviews: { kind: 'SelfSubjectAccessReview', apiVersion: authorization },
  selfsubjectreviews: { kind: 'SelfSubjectReview', apiVersion: authentication },
  selfsubjectrulesreviews: { kind: 'SelfSubjectRulesReview', apiVersion: authorization },
  subjectaccessreviews: { kind: 'SubjectAccessReview', apiVersion: authorization },
  tokenreviews: { kind: 'TokenReview', apiVersion: authentication },
};

export function isReview({ resource }: Target): boolean {
  return resource in kinds;
}

/** "May I?", "may they?", "what may I?", "who am I?", "whose token is it?" (facts: kubernetes-verified.md §8). */
export function reviewed(api: Api, target: Target, body: Review, who: Identity): object {
  const { authorizer, clock } = api;
  const spec = body.spec ?? {};
  const answer = (status: object, metadata: object = {}): object => ({
    ...kinds[target.resource],
    metadata,
    spec,
    status,
  });
  switch (target.resource) {
    case 'selfsubjectaccessreviews':
      refuseUnclear(spec);
      return answer(accessOf(authorizer, who, spec));
    case 'subjectaccessreviews':
      refuseNobody(spec);
      refuseUnclear(spec);
      return answer(accessOf(authorizer, { name: spec.user ?? '', groups: spec.groups ?? [] }, spec));
    case 'localsubjectaccessreviews':
      refuseNobody(spec);
      refuseUnclear(spec);
      refuseElsewhere(spec, target.namespace);
      return answer(accessOf(authorizer, { name: spec.user ?? '', groups: spec.groups ?? [] }, spec), {
        namespace: target.namespace,
      });
    case 'selfsubjectrulesreviews':
      return answer(rulesOf(authorizer, who, spec.namespace));
    case 'tokenreviews':
      return answer(ownerOf(api, spec));
    default:
      return {
        ...kinds[target.resource],
        metadata: { creationTimestamp: instant(clock.now()) },
        status: { userInfo: userInfoOf(who) },
      };
  }
}

/** A person as reviews and the audit log describe one: what is not known is left out. */
export function userInfoOf({ name, uid, groups, extra }: Identity): object {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(extra === undefined || Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

function accessOf(authorizer: Authorizer, who: Identity, spec: Spec): object {
  const allowing = authorizer.allowing(who, attributesOf(spec));
  return {
    allowed: allowing !== undefined,
    ...(allowing === undefined || allowing.source === '' ? {} : { reason: allowing.source }),
  };
}

function rulesOf(authorizer: Authorizer, who: Identity, namespace = ''): object {
  if (namespace === '') {
    throw badRequest('no namespace on request');
  }
  const rules = authorizer.rulesOf(who, namespace).map(({ rule }) => rule);
  return {
    resourceRules: rules.filter(({ resources }) => resources !== undefined),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs !== undefined)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
}

function ownerOf({ authenticator }: Api, { token = '', audiences = [] }: Spec): object {
  if (token === '') {
    throw badRequest('token is required for TokenReview in authentication');
  }
  const wanted = audiences.length === 0 ? [issuer] : audiences;
  const owner = authenticator.review(token, wanted);
  return typeof owner === 'string'
    ? { user: {}, error: owner }
    : { authenticated: true, user: userInfoOf(owner.identity), audiences: owner.audiences };
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: Spec): Attributes {
  if (resourceAttributes === undefined) {
    return { verb: nonResourceAttributes?.['verb'] ?? '', path: nonResourceAttributes?.['path'] ?? '' };
  }
  const given = (field: string): string | undefined => {
    const value = resourceAttributes[field];
    return value === '' ? undefined : value;
  };
  return {
    verb: given('verb') ?? '',
    group: given('group') ?? '',
    resource: given('resource') ?? '',
    subresource: given('subresource'),
    namespace: given('namespace'),
    name: given('name'),
  };
}

function refuseUnclear({ resourceAttributes, nonResourceAttributes }: Spec): void {
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    throw refused(
      'spec.resourceAttributes',
      'null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
  }
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const { path = '', verb = '' } = nonResourceAttributes;
    throw refused(
      'spec.nonResourceAttributes',
      `${JSON.stringify({ Path: path, Verb: verb })}: cannot be specified in combination with resourceAttributes`,
    );
  }
}

function refuseNobody({ user = '', groups = [] }: Spec): void {
  if (user === '' && groups.length === 0) {
    throw refused('spec.user', '"": at least one of user or group must be specified');
  }
}

function refuseElsewhere({ resourceAttributes }: Spec, namespace: string | undefined): void {
  const asked = resourceAttributes?.['namespace'] ?? '';
  if (asked !== namespace) {
    throw refused('spec.resourceAttributes.namespace', `${JSON.stringify(asked)}: must match metadata.namespace`);
  }
}

/** The server forgets to name the kind. */
function refused(field: string, why: string): Refusal {
  const cause: InvalidField = { reason: 'FieldValueInvalid', field, message: `Invalid value: ${why}` };
  return invalid('', 'authorization.k8s.io', '', [cause]);
}
