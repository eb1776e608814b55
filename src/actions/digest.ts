import { createHash } from 'node:crypto';
import { canonical, type Json } from '#ledger/canonical.ts';
import type { Plan } from './plan.ts';

/**
 * What a person agreed to, as 16 hex digits: action, parameters, who feels it, each object's uid and generation, and the
 * values and owners that would be changed. Not resourceVersion, times, warnings or estimates, which move by themselves
 * (design §4).
 */
export function digestOf(plan: Pick<Plan, 'action' | 'params' | 'tenants' | 'objects' | 'changes'>): string {
  const objects = plan.objects.map(({ system, cluster, kind, namespace, name, uid, version }) => [
    system,
    cluster,
    kind,
    namespace,
    name,
    uid,
    version,
  ]);
  const changes = plan.changes.map(({ object, field, before, after, owner }) => [object, field, before, after, owner]);
  const covered: Json = [plan.action, plan.params, [...plan.tenants].sort(), objects, changes];
  return createHash('sha256').update(canonical(covered)).digest('hex').slice(0, 16);
}

/** In words, what differs between the plan that was agreed to and the world as it is; null when nothing does. */
export function movedSince(
  agreed: Pick<Plan, 'digest' | 'changes' | 'objects'>,
  now: Pick<Plan, 'digest' | 'changes' | 'objects'>,
): string | null {
  if (agreed.digest === now.digest) {
    return null;
  }
  for (const change of agreed.changes) {
    const same = now.changes.find(({ object, field }) => object === change.object && field === change.field);
    if (same === undefined) {
      return `${change.object} ${change.field} would no longer change`;
    }
    if (canonical(same.before) !== canonical(change.before)) {
      return `${change.object} ${change.field} was ${canonical(change.before)} and is ${canonical(same.before)} now`;
    }
    if (same.owner !== change.owner) {
      return `${change.object} ${change.field} is owned by ${same.owner ?? 'nobody'} now`;
    }
  }
  for (const object of agreed.objects) {
    const same = now.objects.find(
      ({ kind, namespace, name }) => kind === object.kind && namespace === object.namespace && name === object.name,
    );
    if (same === undefined) {
      return `${object.kind} ${object.name} is gone`;
    }
    if (same.uid !== object.uid) {
      return `${object.kind} ${object.name} is another one by the same name`;
    }
    if (same.version !== object.version) {
      return `${object.kind} ${object.name} has been changed (generation ${object.version ?? '?'}, now ${same.version ?? '?'})`;
    }
  }
  const come = now.objects.find(
    ({ kind, namespace, name }) =>
      !agreed.objects.some((known) => known.kind === kind && known.namespace === namespace && known.name === name),
  );
  return come === undefined ? 'it would do something else now' : `it would touch ${come.kind} ${come.name} too`;
}
