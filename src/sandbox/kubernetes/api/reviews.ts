import type { Identity } from '../access/identity.ts';
import type { Attributes, Authorizer } from '../access/rbac.ts';
import { badRequest } from './status.ts';
import type { Target } from './target.ts';

interface Review {
  readonly spec?: {
    readonly namespace?: string;
    readonly resourceAttributes?: Readonly<Record<string, string>>;
    readonly nonResourceAttributes?: Readonly<Record<string, string>>;
  };
}

const kinds: Readonly<Record<string, { readonly kind: string; readonly apiVersion: string }>> = {
  selfsubjectreviews: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' },
  selfsubjectaccessreviews: { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1' },
  selfsubjectrulesreviews: { kind: 'SelfSubjectRulesReview', apiVersion: 'authorization.k8s.io/v1' },
};

export function isReview({ resource }: Target): boolean {
  return resource in kinds;
}

/** "May I?", "what may I?", "who am I?" (facts: kubernetes-verified.md §8). */
export function reviewed(target: Target, body: Review, who: Identity, authorizer: Authorizer): object {
  const spec = body.spec ?? {};
  const answer = (status: object): object => ({ ...kinds[target.resource], metadata: {}, spec, status });
  switch (target.resource) {
    case 'selfsubjectaccessreviews': {
      const allowing = authorizer.allowing(who, attributesOf(spec));
      const reason = allowing === undefined || allowing.source === '' ? {} : { reason: allowing.source };
      return answer({ allowed: allowing !== undefined, ...reason });
    }
    case 'selfsubjectrulesreviews': {
      if (spec.namespace === undefined || spec.namespace === '') {
        throw badRequest('no namespace on request');
      }
      const rules = authorizer.rulesOf(who, spec.namespace).map(({ rule }) => rule);
      return answer({
        resourceRules: rules.filter(({ resources }) => resources !== undefined),
        nonResourceRules: rules
          .filter(({ nonResourceURLs }) => nonResourceURLs !== undefined)
          .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
        incomplete: false,
      });
    }
    default: {
      const { name, uid, groups, extra } = who;
      const userInfo = {
        username: name,
        ...(uid === undefined ? {} : { uid }),
        groups,
        ...(extra === undefined ? {} : { extra }),
      };
      return { ...kinds[target.resource], metadata: {}, status: { userInfo } };
    }
  }
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: NonNullable<Review['spec']>): Attributes {
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
