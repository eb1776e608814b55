import { exitCodes } from '#text/till-error.ts';
import { statusAt } from './grant.ts';
import { type Case, type DraftOf, mustBeKnown, mustBeUnlocked, refused } from './law.ts';
import type { Policy } from './policy.ts';
import { type Demand, demandOf } from './rules.ts';

type Request = DraftOf<'grant', 'request'>;

/** Every word of a request is worked out again here: what the requester's side says of needs and caps is only a claim. */
export function mayBeRequested(draft: Request, given: Case): void {
  const { state, now } = given;
  if (state.grants.has(draft.grant)) {
    throw refused('grant-known', `grant ${draft.grant} has been asked for already`, { target: draft.grant });
  }
  const requester = mustBeKnown(given);
  mustBeUnlocked(requester, given);
  mustMakeSense(draft);
  mustBeOwn(draft, requester);
  mustExtend(draft, given);
  if (state.policy === null) {
    mustNeedNoPolicy(draft);
    return;
  }
  const { policy, body } = state.policy;
  if (draft.params.policy !== policy) {
    throw refused('policy-changed', 'the access policy has changed since this was put together', {
      target: policy,
      next: 'ask again',
    });
  }
  mustFit(draft, given);
  const demand = demandOf(body, { ...draft.params, now });
  if (draft.params.form === 'break-glass') {
    mayBreakGlass(draft, body, given);
  } else {
    mustBePermitted(demand);
    mustNotLast(draft, demand.seconds ?? 0, `by the rules ${demand.rules.join(', ')}`);
    mustSayNeeds(draft, demand);
  }
  mustLapse(draft, body);
}

function mustMakeSense({ params: { form, plan, uses, from } }: Request): void {
  if ((form === 'plan') !== (plan !== null) || (form === 'plan' && uses === null)) {
    throw refused('plan-missing', 'a grant for one plan names its digest and how often; no other grant does', {
      exit: exitCodes.usage,
      next: '`till ACTION TENANT --dry-run` prints the digest; --plan DIGEST',
    });
  }
  if (form === 'break-glass' && from !== null) {
    throw refused('break-glass-later', 'break-glass is for now; it cannot begin later', { exit: exitCodes.usage });
  }
}

/** The old grant stays as it is; the new one has to be asked for and approved like any other (facts: access-audit.md §1b). */
function mustExtend({ params }: Request, { state, now }: Case): void {
  if (params.extends === null) {
    return;
  }
  const old = state.grants.get(params.extends);
  const isLive = old !== undefined && old.subject === params.subject && statusAt(old, now) === 'active';
  if (!isLive || old.form === 'break-glass' || params.form === 'break-glass') {
    throw refused(
      'cannot-extend',
      `grant ${params.extends} cannot be extended: it is not an active one of ${params.subject}`,
      {
        target: params.extends,
        next: 'ask for a new one with `till access request`',
      },
    );
  }
  const more = [
    ...params.actions.filter((action) => !old.actions.includes(action)),
    ...params.tenants.filter((tenant) => !old.tenants.includes(tenant)),
  ];
  if (more.length > 0) {
    throw refused('extends-more', `grant ${params.extends} does not cover ${more.join(', ')}`, {
      target: params.extends,
      next: 'ask for a new one with `till access request`',
    });
  }
}

/** Nobody asks for somebody else: whoever uses a grant has asked for it under their own name. */
function mustBeOwn({ params: { subject } }: Request, requester: string): void {
  if (subject !== requester) {
    throw refused('for-another', `${requester} asks for ${subject}: a grant is asked for by whoever uses it`, {
      target: subject,
    });
  }
}

function mustNeedNoPolicy({ params: { form, policy } }: Request): void {
  if (policy !== null || form === 'break-glass' || form === 'standing') {
    throw refused('no-policy', `without an access policy there is nothing that a ${form} grant would go around`, {
      next: '`till access request` is approved at once',
    });
  }
}

function mustFit({ params: { form } }: Request, { who }: Case): void {
  const isService = who.person?.kind === 'service';
  if (isService ? form !== 'standing' && form !== 'plan' : form === 'standing') {
    throw refused(
      'form-not-for-them',
      isService
        ? `${who.name} is a service: it works under a standing grant or one for a plan`
        : `${who.name} is a person: a standing grant is for a service`,
      { exit: exitCodes.usage },
    );
  }
}

function mayBreakGlass(draft: Request, { breakGlass }: Policy, { who }: Case): void {
  if (
    breakGlass === null ||
    who.person === null ||
    !who.person.groups.some((group) => breakGlass.groups.includes(group))
  ) {
    throw refused('no-break-glass', 'the access policy lets you break no glass', {
      next:
        breakGlass === null
          ? 'it lets nobody; ask with `till access request`'
          : `those of ${breakGlass.groups.join(', ')} may; ask with \`till access request\``,
    });
  }
  mustNotLast(draft, breakGlass.seconds, 'by the policy for break-glass');
}

function mustBePermitted({ forbidden }: Demand): void {
  const [first] = forbidden;
  if (first !== undefined) {
    const others = forbidden.length - 1;
    throw refused(
      'forbidden',
      `no rule of the access policy permits ${first.action} on ${first.tenant}${others === 0 ? '' : ` (and ${others} more)`} now`,
      { target: first.tenant, next: '`till access policy show` prints the rules' },
    );
  }
}

function mustNotLast({ params: { seconds } }: Request, cap: number, by: string): void {
  if (seconds > cap) {
    throw refused('too-long', `${seconds} s is longer than the ${cap} s that a grant may last ${by}`, {
      next: `--for ${cap % 60 === 0 ? `${cap / 60}m` : `${cap}s`}, and \`till access extend\` before it is over`,
    });
  }
}

function mustSayNeeds({ params: { needs } }: Request, demand: Demand): void {
  const said = (list: Demand['needs']) =>
    list
      .map(({ group, count }) => `${count} of ${group}`)
      .sort()
      .join(', ');
  if (said(needs) !== said(demand.needs)) {
    throw refused(
      'other-needs',
      `the access policy asks for ${said(demand.needs) || 'nobody'}, not ${said(needs) || 'nobody'}`,
      {
        next: 'ask again',
      },
    );
  }
}

function mustLapse({ params: { lapseSeconds } }: Request, { lapseSeconds: most }: Policy): void {
  if (lapseSeconds === null || lapseSeconds > most) {
    throw refused('lapse-too-late', `a request that nobody decides lapses after ${most} s`, { next: 'ask again' });
  }
}
