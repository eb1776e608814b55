import type { Grant, GrantForm } from '#ledger/access/grant.ts';
import { demandOf } from '#ledger/access/rules.ts';
import type { FollowingDraft } from '#ledger/draft.ts';
import { spanWords } from '#policy/access/line.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type AccessDesk, type AccessState, grantNamed, lookAt, recorded } from './open.ts';

export interface Wish {
  readonly seconds: number;
  readonly tenants: readonly string[];
  readonly actions: readonly string[];
  readonly reason: string;
  readonly ticket: string | null;
  readonly incident: string | null;
  /** RFC 3339 UTC: not before. */
  readonly from: string | null;
  readonly plan: string | null;
  readonly uses: number | null;
  readonly breaksGlass: boolean;
  readonly extends: string | null;
  /** Credentials are sealed to this where the policy has no key of the subject: what two people have agreed to comes first. */
  readonly key: string | null;
}

/** Asks, under one's own name and by the policy in force. The ledger works needs and caps out again and refuses other ones. */
export async function askFor(wish: Wish, desk: AccessDesk): Promise<Grant> {
  const access = await lookAt(desk);
  const grant = desk.ledger.newId();
  return await recorded(desk, requestDraft(grant, wish, access), grant);
}

function requestDraft(grant: string, wish: Wish, access: AccessState): FollowingDraft {
  const { state, who, now } = access;
  const { reason, ticket, incident, actions, tenants, seconds, from, plan } = wish;
  const subject = who.name ?? loginOf(access);
  const policy = state.policy?.body ?? null;
  const demand = policy === null ? null : demandOf(policy, { actions, tenants, now });
  const form = formOf(wish, access);
  mustBeginBeforeItLapses(from, policy?.lapseSeconds ?? null, now);
  return {
    ...{ kind: 'grant', phase: 'request', grant, reason, ticket, incident },
    params: {
      ...{ form, subject, actions, tenants, seconds, from, plan, extends: wish.extends },
      uses: wish.uses ?? (plan === null ? null : 1),
      key: policy?.people.find(({ name }) => name === subject)?.key ?? wish.key,
      policy: state.policy?.policy ?? null,
      needs: form === 'break-glass' ? [] : (demand?.needs ?? []),
      lapseSeconds: policy === null ? null : policy.lapseSeconds,
      skipped: form === 'break-glass' ? skippedBy(access, demand?.needs ?? []) : [],
    },
  };
}

/** One that is not activated lapses like one that nobody decides. */
function mustBeginBeforeItLapses(from: string | null, lapseSeconds: number | null, now: number): void {
  if (from !== null && lapseSeconds !== null && Date.parse(from) > now + lapseSeconds * 1000) {
    const span = spanWords(lapseSeconds);
    throw new TillError(`a request lapses after ${span}, and ${from} is later than that`, {
      exit: exitCodes.refused,
      reason: 'begins-too-late',
      next: `ask again within ${span} before it begins`,
    });
  }
}

function formOf({ breaksGlass, plan }: Wish, { who }: AccessState): GrantForm {
  if (breaksGlass) {
    return 'break-glass';
  }
  return plan !== null ? 'plan' : who.person?.kind === 'service' ? 'standing' : 'standard';
}

/** Everybody who would have been asked: they are told, and one of them reviews it. */
function skippedBy({ state, who }: AccessState, needs: readonly { readonly group: string }[]): readonly string[] {
  const groups = needs.map(({ group }) => group);
  return (state.policy?.body.people ?? [])
    .filter(
      ({ kind, name, groups: own }) =>
        kind === 'human' && name !== who.name && own.some((group) => groups.includes(group)),
    )
    .map(({ name }) => name);
}

/** A new grant that goes on where another ends: same actions and tenants, its own approvals. The old one is not touched. */
export async function askForMore(
  id: string,
  more: Pick<Wish, 'seconds' | 'reason' | 'ticket'>,
  desk: AccessDesk,
): Promise<Grant> {
  const old = grantNamed(id, (await lookAt(desk)).state);
  if (old.form === 'break-glass' || old.form === 'plan') {
    throw new TillError(`a ${old.form} grant is not extended`, {
      exit: exitCodes.refused,
      reason: 'cannot-extend',
      target: old.grant,
      next: 'ask for a grant with `till access request`',
    });
  }
  return await askFor(
    {
      ...{ from: null, plan: null, uses: null, breaksGlass: false, key: old.key, incident: old.incident },
      ...{ tenants: old.tenants, actions: old.actions, ...more, extends: old.grant },
    },
    desk,
  );
}

function loginOf({ who: { asserted } }: AccessState): string {
  return asserted.by === 'os' ? asserted.user : asserted.login;
}
