import type { Grant, Vote } from '../access/grant.ts';
import { type LedgerEntry, whoOf } from '../entry.ts';
import type { LedgerState } from '../state.ts';
import type { PackFolder } from './pack-folder.ts';
import { isWithin, type Span } from './span.ts';

interface Row {
  readonly grant: Grant;
  readonly decisions: readonly Decision[];
  readonly operations: number;
  /** When those who were skipped were told; null while nobody was. */
  readonly notifiedAt: string | null;
  /** Something of it happened in the span, or it could be used then. */
  readonly isIn: boolean;
}

interface Decision {
  readonly who: string;
  readonly decision: string;
  readonly comment: string | null;
  readonly method: string;
  readonly group: string | null;
  readonly at: string;
}

const decisions = new Set(['approve', 'deny', 'revoke', 'withdraw']);
const ends = new Set(['end', 'expire', 'revoke', 'fail', 'deny', 'withdraw', 'lapse']);

/**
 * The population that an auditor samples from: every grant of which something happened in the span, or that could be used in it. Told
 * by the state that the ledger folds, so that the table and till's own judgement are one (facts: access-audit.md §6.3).
 */
export class GrantTables {
  readonly #rows = new Map<string, Row>();
  readonly #span: Span;
  #startAt = '';

  constructor(span: Span) {
    this.#span = span;
  }

  /** Each entry of the ledger, from its first, with the state after it. */
  take(entry: LedgerEntry, state: LedgerState): void {
    if (entry.seq === this.#span.first) {
      this.#startAt = entry.at;
    }
    const { grant: id } = entry;
    if (id === null) {
      return;
    }
    const known = this.#rows.get(id);
    const isIn = known?.isIn === true || isWithin(this.#span, entry);
    if (entry.kind === 'operation' && known !== undefined) {
      this.#rows.set(id, { ...known, isIn, operations: known.operations + (entry.phase === 'intent' ? 1 : 0) });
    }
    const grant = entry.kind === 'grant' ? state.grants.get(id) : undefined;
    if (grant !== undefined) {
      const decided = decisions.has(entry.phase) ? [decisionIn(entry, grant.votes)] : [];
      this.#rows.set(id, {
        ...{ grant, isIn, operations: known?.operations ?? 0 },
        notifiedAt: known?.notifiedAt ?? (entry.phase === 'notify' && wasTold(entry) ? entry.at : null),
        decisions: [...(known?.decisions ?? []), ...decided],
      });
    }
  }

  /** Grants of the span, in the order in which they were asked for. */
  rows(): readonly Row[] {
    return [...this.#rows.values()].filter(({ isIn, grant }) => isIn || this.#couldBeUsed(grant));
  }

  #couldBeUsed({ activatedAt, endedAt, expiresAt }: Grant): boolean {
    return activatedAt !== null && (endedAt ?? expiresAt ?? activatedAt) >= this.#startAt;
  }

  write(folder: PackFolder): void {
    const rows = this.rows();
    const grants = folder.table('grants.csv', grantTitles);
    for (const row of rows) {
      grants.row(grantRow(row));
    }
    const approvals = folder.table('approvals.csv', approvalTitles);
    for (const { grant, decisions: told } of rows) {
      for (const { who, decision, comment, method, group, at } of told) {
        approvals.row([grant.grant, who, decision, comment, method, group, at]);
      }
    }
    const breakGlass = folder.table('breakglass.csv', breakGlassTitles);
    for (const row of rows.filter(({ grant }) => grant.form === 'break-glass')) {
      breakGlass.row(breakGlassRow(row));
    }
  }
}

function wasTold({ params: { told } }: LedgerEntry): boolean {
  return Array.isArray(told) && told.length > 0;
}

/** A vote counts for a person; whoever did what else is told by the name that the store vouches for. */
function decisionIn({ actor, phase, params, at, seq }: LedgerEntry, votes: readonly Vote[]): Decision {
  const vote = votes.find((known) => known.seq === seq);
  const comment = params['comment'];
  return {
    who: vote?.person ?? whoOf(actor.asserted),
    ...{ decision: phase, at, group: vote?.group ?? null },
    comment: typeof comment === 'string' ? comment : null,
    method: actor.asserted.by === 'os' ? 'operating system account' : 'PostgreSQL login',
  };
}

const grantTitles = [
  ...['id', 'kind', 'requester', 'requested_by_account', 'subject', 'actions', 'tenants', 'reason', 'ticket'],
  ...['requested_at', 'decided_at', 'approvers', 'activated_at', 'expires_at', 'ended_at', 'end_cause'],
  ...['residual_until', 'ops_count', 'review_by', 'review_at', 'review_result', 'extends', 'request_seq', 'digest'],
];

function grantRow({ grant, operations }: Row): readonly (string | number | null)[] {
  const { review } = grant;
  return [
    ...[grant.grant, grant.form, grant.requester, whoOf(grant.actor.asserted), grant.subject],
    ...[grant.actions.join(' '), grant.tenants.join(' '), grant.reason, grant.ticket],
    ...[grant.requestedAt, grant.decidedAt, grant.votes.map(({ person, group }) => `${person} (${group})`).join(' ')],
    ...[grant.activatedAt, grant.expiresAt, grant.endedAt, endCause(grant), residualUntil(grant), operations],
    ...[review?.person ?? null, review?.at ?? null, review?.verdict ?? null, grant.extends, grant.seq, grant.digest],
  ];
}

/** An end that nobody recorded is one all the same: its time ran out. */
function endCause({ status, activatedAt }: Grant): string {
  if (ends.has(status) || status === 'ended' || status === 'revoked' || status === 'expired') {
    return status;
  }
  return activatedAt === null ? status : 'expires by itself';
}

function residualUntil({ credentials }: Grant): string | null {
  const times = credentials.map(({ residualUntil: until, retiredAt }) => retiredAt ?? until ?? 'until it is removed');
  return times.sort().at(-1) ?? null;
}

const approvalTitles = ['grant', 'approver', 'decision', 'comment', 'auth_method', 'rule_satisfied', 'at'];

const breakGlassTitles = [
  ...['grant', 'subject', 'reason', 'ticket', 'activated_at', 'expires_at', 'ended_at', 'ops_count'],
  ...['skipped_approvers', 'notified_at', 'review_by', 'review_result', 'review_note', 'closed_at'],
];

function breakGlassRow({ grant, operations, notifiedAt }: Row): readonly (string | number | null)[] {
  const { review } = grant;
  return [
    ...[grant.grant, grant.subject, grant.reason, grant.ticket, grant.activatedAt, grant.expiresAt, grant.endedAt],
    ...[
      operations,
      grant.skipped.join(' '),
      notifiedAt,
      review?.person ?? null,
      review?.verdict ?? null,
      review?.note ?? null,
    ],
    review?.at ?? null,
  ];
}
