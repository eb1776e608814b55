import { exitCodes } from '#text/till-error.ts';
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
  mustExtend(draft, given);
  if (state.policy === null) {
    mustBeOwn(draft, requester);
    return;
  }
  const { policy, body } = state.policy;
  if (draft.params.policy !== policy) {
    throw refused('policy-changed', 'the access policy has changed since this was put together', {
      target: policy,
      next: 'ask again',
    });
  }
  mustBeForSomebody(draft, requester, body, given);
  const demand = demandOf(body, { ...draft.params, now: Date.parse(draft.params.from ?? iso(now)) });
  if (draft.params.form === 'break-glass') {
    mayBreakGlass(draft, body, given);
  } else {
    mustBePermitted(draft, demand);
    mustNotLast(draft, demand.seconds ?? 0, `by the rules ${demand.rules.join(', ')}`);
    mustSayNeeds(draft, demand);
  }
  mustLapse(draft, body, now);
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
function mustExtend({ params }: Request, { state }: Case): void {
  if (params.extends === null) {
    return;
  }
  const old = state.grants.get(params.extends);
  if (old === undefined || old.subject !== params.subject) {
    throw refused('unknown-grant', `there is no grant ${params.extends} of ${params.subject} to go on with`, {
      exit: exitCodes.usage,
      target: params.extends,
      next: '`till access list --mine` lists them',
    });
  }
}

function mustBeOwn({ params: { subject, form, policy } }: Request, requester: string): void {
  if (subject !== requester) {
    throw refused('not-yours', `without an access policy ${requester} asks for ${requester} alone`, {
      target: subject,
      next: '`till access policy propose` puts one in force',
    });
  }
  if (policy !== null || form === 'break-glass' || form === 'standing') {
    throw refused('no-policy', `without an access policy there is nothing that a ${form} grant would go around`, {
      next: '`till access request` is approved at once',
    });
  }
}

function mustBeForSomebody({ params }: Request, requester: string, { people }: Policy, given: Case): void {
  const subject = people.find(({ name }) => name === params.subject);
  if (subject === undefined) {
    throw refused('unknown-person', `the access policy names no ${params.subject}`, { target: params.subject });
  }
  mustBeUnlocked(subject.name, given);
  if (subject.name !== requester && subject.kind !== 'service') {
    throw refused(
      'not-yours',
      `${subject.name} asks under their own name: a grant is for whoever asks, or for a service`,
      {
        target: subject.name,
      },
    );
  }
  const forService = params.form === 'standing' || params.form === 'plan';
  if (subject.kind === 'service' ? !forService : params.form === 'standing') {
    throw refused(
      'form-not-for-them',
      subject.kind === 'service'
        ? `${subject.name} is a service: it works under a standing grant or one for a plan`
        : `${subject.name} is a person: a standing grant is for a service`,
      { target: subject.name, exit: exitCodes.usage },
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

function mustBePermitted({ params }: Request, { forbidden }: Demand): void {
  const [first] = forbidden;
  if (first !== undefined) {
    const others = forbidden.length - 1;
    throw refused(
      'forbidden',
      `no rule of the access policy permits ${first.action} on ${first.tenant}${others === 0 ? '' : ` (and ${others} more)`} ${params.from === null ? 'now' : `at ${params.from}`}`,
      { target: first.tenant, next: '`till access policy show` prints the rules' },
    );
  }
}

function mustNotLast({ params: { seconds } }: Request, cap: number, by: string): void {
  if (seconds > cap) {
    throw refused('too-long', `${seconds} s is longer than the ${cap} s that a grant may last ${by}`, {
      exit: exitCodes.refused,
      next: `--for ${cap}s, and \`till access extend\` before it is over`,
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

function mustLapse({ params: { lapseSeconds, from } }: Request, { lapseSeconds: most }: Policy, now: number): void {
  const until = most + (from === null ? 0 : Math.max(0, Math.ceil((Date.parse(from) - now) / 1000)));
  if (lapseSeconds === null || lapseSeconds > until) {
    throw refused('lapse-too-late', `a request that nobody decides lapses after ${most} s`, { next: 'ask again' });
  }
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
