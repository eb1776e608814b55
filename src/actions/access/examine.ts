import { findTenants } from '#discovery/tenants.ts';
import type { Estate } from '#estate/estate.ts';
import { type Finding, flaw, ok } from '#health/finding.ts';
import type { PolicyInForce } from '#ledger/access/policy.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { adviceOn } from '#policy/access/advice.ts';
import { policyBody } from '#policy/access/policy-body.ts';
import { differences } from '#policy/access/policy-words.ts';
import { clean } from '#text/clean.ts';
import { freeActions } from './free-actions.ts';

const subject = 'access';
const propose = 'till access policy propose --dry-run shows the difference';

/** What the file says of access, looked at by itself: nothing is connected to. */
export async function examineRules(estate: Estate): Promise<readonly Finding[]> {
  if (estate.access === undefined) {
    return [];
  }
  const inPostgres = estate.ledger?.postgres !== undefined;
  const advice = adviceOn(policyBody(estate, listed(estate), freeActions()), inPostgres);
  return [
    ...(inPostgres
      ? []
      : [
          flaw(subject, 'ledger', 'missing', 'approvals need a ledger that several people share; a file knows one', {
            next: 'name a server under `ledger: {postgres: …}`, then till ledger setup',
          }),
        ]),
    ...advice.map(({ check, result, message }) => flaw(subject, check, result, message)),
  ];
}

/** What is in force, and how that differs from what the file says. */
export async function examinePolicy(estate: Estate, ledger: Ledger): Promise<readonly Finding[]> {
  try {
    const { policy, proposals } = await ledger.state();
    const waiting = [...proposals.values()].map(({ policy: id, approvedBy }) =>
      flaw(
        subject,
        'proposal',
        'weak',
        `policy ${id} is proposed, and approved by ${approvedBy.join(', ') || 'nobody'}`,
        {
          next: `till access policy approve ${id}`,
        },
      ),
    );
    return [...(await inForce(estate, policy)), ...waiting];
  } catch (error) {
    return [flaw(subject, 'policy', 'away', `the ledger could not be read: ${clean(String(error)).slice(0, 300)}`)];
  }
}

async function inForce(estate: Estate, policy: PolicyInForce | null): Promise<readonly Finding[]> {
  if (policy === null) {
    return estate.access === undefined
      ? []
      : [
          flaw(subject, 'policy', 'weak', 'the file has access rules, and no policy is in force', {
            next: 'till access policy propose --reason "why"',
          }),
        ];
  }
  const { body, since } = policy;
  const said = `policy ${policy.policy} is in force since ${since}`;
  if (estate.access === undefined) {
    return [flaw(subject, 'policy', 'weak', `${said}, and the file says nothing of access`)];
  }
  const file = { ...policyBody(estate, [], freeActions()), tenants: body.tenants };
  const changed = differences(body, file).length;
  const known = new Set(body.tenants.flatMap(({ names }) => names));
  const strange = listed(estate).filter(({ name }) => !known.has(name));
  return [
    changed === 0
      ? ok(subject, 'policy', said)
      : flaw(subject, 'policy', 'weak', `${said}, and differs from the file in ${changed} lines`, { next: propose }),
    ...(strange.length === 0
      ? []
      : [
          flaw(
            subject,
            'tenants',
            'weak',
            `the policy in force does not know ${strange.map(({ name }) => name).join(', ')}: every rule that could apply does`,
            { next: propose },
          ),
        ]),
  ];
}

function listed(estate: Estate) {
  return findTenants(estate, { workloads: new Map(), namespaceLabels: new Map(), databases: new Map() });
}
