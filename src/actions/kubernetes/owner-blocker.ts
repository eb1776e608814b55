import type { Blocker } from '#policy/refusal.ts';
import type { Foreign } from '#systems/kubernetes/foreign.ts';
import { type Fate, fateByArgo, fateByHelmRelease, fateByKustomization, fateByMark } from './git/fate.ts';
import type { GitSources } from './git/sources.ts';
import type { GitSource } from './git/tracked.ts';
import { type Owner, ownersOf } from './owners.ts';

export interface Ownership {
  /** For `Change.owner`: the strongest. */
  readonly owner: string | null;
  readonly blockers: readonly Blocker[];
  readonly warnings: readonly string[];
}

/** A field about to be written, in words: `spec.replicas` of `Deployment maple-toys/odoo-web`, then `4`. */
interface Written {
  readonly label: string;
  readonly field: string;
  readonly after: string;
}

/** Who owns a field, and whether that stands in the way: where Git is applied again by itself, only a commit sticks. */
export function ownershipOf(held: Foreign, label: string, field: string, after: string, git: GitSources): Ownership {
  const owners = ownersOf(held, field);
  const judged = owners.map((owner) => judgedOwner(owner, { label, field, after }, held, git));
  return {
    owner: owners[0]?.name ?? null,
    blockers: judged.flatMap(({ blockers }) => blockers),
    warnings: judged.flatMap(({ warnings }) => warnings),
  };
}

function judgedOwner(
  { kind, name, source }: Owner,
  { label, field, after }: Written,
  held: Foreign,
  git: GitSources,
): Pick<Ownership, 'blockers' | 'warnings'> {
  if (source === null) {
    const words = `${name} installed ${label}: its next upgrade may set ${field} again, so change its values too`;
    return { blockers: [], warnings: kind === 'helm' ? [words] : [] };
  }
  const wayOut = `commit ${field} = ${after} to the repository that ${name} applies`;
  const fate = fateOf(source, held, field, git);
  switch (fate.kind) {
    case 'undone':
    case 'unread': {
      const reason =
        fate.kind === 'undone'
          ? `${field} of ${label} comes from Git: a live change would be undone ${fate.when}`
          : `${field} of ${label} comes from Git, and nobody can tell whether a live change would be undone at once: ${fate.why}`;
      return { blockers: [{ by: name, reason, until: null, wayOut }], warnings: [] };
    }
    case 'until':
      return { blockers: [], warnings: [`${name} sets ${field} of ${label} again ${fate.when}; ${wayOut}`] };
    case 'stays':
      return { blockers: [], warnings: [`${name} applies ${label} and does not touch ${field}: ${fate.why}`] };
  }
}

function fateOf(
  source: GitSource,
  held: Foreign,
  field: string,
  git: GitSources,
): Fate | { readonly kind: 'unread'; readonly why: string } {
  const marked = source.tool === 'kustomize' ? fateByMark(held) : null;
  if (marked !== null) {
    return marked;
  }
  const read = git(source);
  if (typeof read === 'string') {
    return { kind: 'unread', why: read };
  }
  const fateBy = { 'argo-cd': fateByArgo, kustomize: fateByKustomization, helm: fateByHelmRelease }[source.tool];
  return fateBy(read, held, field);
}
