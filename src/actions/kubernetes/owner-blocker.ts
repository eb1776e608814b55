import type { Blocker } from '#policy/refusal.ts';
import type { Foreign } from '#systems/kubernetes/foreign.ts';
import { type Owner, ownersOf } from './owners.ts';

export interface Ownership {
  /** For `Change.owner`: the strongest. */
  readonly owner: string | null;
  readonly blockers: readonly Blocker[];
  readonly warnings: readonly string[];
}

/** Who owns a field, and whether that stands in the way: where Git is applied again and again, only a commit sticks. */
export function ownershipOf(held: Foreign, label: string, field: string, after: string): Ownership {
  const owners = ownersOf(held, field);
  return {
    owner: owners[0]?.name ?? null,
    blockers: owners.filter(({ reverts }) => reverts).map((owner) => blockerOf(owner, label, field, after)),
    warnings: owners.flatMap((owner) => warningOf(owner, label, field)),
  };
}

function blockerOf(owner: Owner, label: string, field: string, after: string): Blocker {
  return {
    by: owner.name,
    reason: `${field} of ${label} comes from Git: a live change would be undone`,
    until: null,
    wayOut: `commit ${field} = ${after} to the repository that ${owner.name} applies`,
  };
}

function warningOf({ kind, name, reverts }: Owner, label: string, field: string): readonly string[] {
  if (kind === 'helm') {
    return [`${name} installed ${label}: its next upgrade may set ${field} again, so change its values too`];
  }
  return kind === 'flux' && !reverts ? [`${name} is paused: when it resumes it sets ${field} again`] : [];
}
