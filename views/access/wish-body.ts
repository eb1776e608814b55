import type { AccessDeed } from '#actions/desk/access-port.ts';
import { requestLine, spanWords } from '#policy/access/line.ts';
import { needsWords } from '#policy/access/needs-words.ts';
import { labelling } from '../components/labelled.ts';
import type { Span } from '../components/line.ts';

type Asking = Extract<AccessDeed, { readonly kind: 'request' | 'extend' | 'break-glass' }>;

/** What asking for it comes to: for how long, why, who would have to agree, and the line that would do the same. */
export function demandRows(deed: Asking, width: number): readonly (readonly Span[])[] {
  const labelled = labelling(width);
  const { wish, kind } = deed;
  const { demand, seconds, reason, ticket, plan } = wish;
  const forbidden = kind === 'break-glass' ? [] : (demand?.forbidden ?? []);
  const isLong =
    kind !== 'break-glass' && demand?.seconds !== null && demand !== null && seconds > (demand.seconds ?? 0);
  return [
    ...labelled('For', `${spanWords(seconds)} from the moment it is started`),
    ...(plan === null ? [] : labelled('Plan', `${plan} alone, once`)),
    ...labelled('Reason', reason),
    ...(ticket === null ? [] : labelled('Ticket', ticket)),
    ...(kind === 'extend' ? labelled('Goes on', `where ${deed.grant.grant} ends, which is not touched`) : []),
    ...(kind === 'break-glass'
      ? labelled(
          'Needs',
          'nobody beforehand: it opens at once, is told to everybody who was skipped, and stays on every screen until somebody else has reviewed it',
          'error',
        )
      : labelled(
          'Needs',
          demand === null ? 'nobody: no access policy is in force' : approvals(demand.needs),
          undefined,
          rulesWords(demand?.rules ?? []),
        )),
    ...forbidden
      .slice(0, 3)
      .flatMap(({ tenant, action }) => labelled('✖', `no rule permits ${action} on ${tenant} now`, 'error')),
    ...(isLong ? labelled('✖', `at most ${spanWords(demand?.seconds ?? 0)} by these rules`, 'error') : []),
    ...labelled('Same as', lineOf(deed), 'text.secondary'),
  ];
}

/** As the command line takes it. */
function lineOf(deed: Asking): string {
  const { seconds, tenants, actions, reason, plan, ticket } = deed.wish;
  const tail = ticket === null ? '' : ` --ticket ${ticket}`;
  if (deed.kind !== 'extend') {
    return `${requestLine({ seconds, tenants, actions, reason, plan, word: deed.kind })}${tail}`;
  }
  const line = requestLine({ seconds, tenants: [], actions: [], reason });
  return `${line.replace(/access request (--for \S+) --actions \S+/u, `access extend ${deed.grant.grant} $1`)}${tail}`;
}

function approvals(needs: Parameters<typeof needsWords>[0]): string {
  return needs.length === 0 ? 'nobody: it is approved at once' : needsWords(needs);
}

function rulesWords(rules: readonly string[]): string {
  return rules.length === 0 ? '' : `   by ${rules.length === 1 ? 'rule' : 'rules'} ${rules.join(', ')}`;
}

/** Why it cannot be asked for at all; null when it can. */
export function isImpossible({ kind, wish: { demand, seconds } }: Asking): boolean {
  return kind !== 'break-glass' && demand !== null && (demand.forbidden.length > 0 || seconds > (demand.seconds ?? 0));
}
