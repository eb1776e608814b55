import type { Estate, Tenant } from '#estate/estate.ts';
import type { Policy } from '#ledger/access/policy.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

/** What the estate's file says of access, as it would stand in the ledger: in an order that does not depend on the file's. */
export function policyBody(
  { access, people }: Pick<Estate, 'access' | 'people'>,
  tenants: readonly Tenant[],
  free: readonly string[],
): Policy {
  if (access === undefined) {
    throw new TillError('estate.yaml says nothing of access', {
      exit: exitCodes.usage,
      reason: 'no-access-rules',
      next: 'write `access:` with rules and approvers, and `people:`; `till estate schema` describes them',
    });
  }
  const { rules, breakGlass, approvers, lapse } = access;
  return {
    people: people.map(({ name, kind, os, postgres, kubernetes, key, groups }) => ({
      ...{ name, kind, os, postgres, kubernetes, key: key ?? null, groups },
    })),
    tenants: classified(tenants),
    rules: rules.map(({ name, actions, environments, tiers, tenants: only, times, approvals, for: seconds }) => ({
      ...{ name, actions, environments, tiers, tenants: only, times: times ?? null, approvals, seconds },
    })),
    free: free.toSorted(),
    breakGlass:
      breakGlass === undefined
        ? null
        : { groups: breakGlass.groups, seconds: breakGlass.for, reviewers: breakGlass.reviewers ?? null },
    approvers,
    lapseSeconds: lapse,
  };
}

/** Who is in which environment and tier: from then on the ledger's word and not the file's. */
function classified(tenants: readonly Tenant[]): Policy['tenants'] {
  const classes = Map.groupBy(tenants, ({ environment, tier }) => JSON.stringify([environment, tier]));
  return [...classes.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, [first, ...others]]) => ({
      environment: first?.environment ?? null,
      tier: first?.tier ?? null,
      names: [first, ...others].flatMap((tenant) => tenant?.name ?? []).toSorted(),
    }));
}
