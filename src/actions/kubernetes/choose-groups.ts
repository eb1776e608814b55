import { exitCodes, TillError } from '#text/till-error.ts';
import type { Action } from '../action.ts';
import { groupOf, type TenantWorkloads, type Workload, workloadOfGroup } from './workloads.ts';

/** `--group web`, again for another; for actions that otherwise take all of a tenant's workloads. */
export const groupFlag: Action['flags'][number] = {
  name: 'group',
  value: 'NAME',
  multiple: true,
  summary: 'only this container group: web, cron, queue …',
};

export function groupsIn(given: Parameters<Action['parse']>[0]): readonly string[] {
  const value = given['group'];
  return Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
}

/** The workloads of these groups, or all. Throws where a group, or any workload, is not there. */
export function chosenWorkloads(
  { workloads, namespace }: TenantWorkloads,
  groups: readonly string[],
): readonly Workload[] {
  const chosen = groups.length === 0 ? workloads : groups.map((group) => workloadOfGroup(workloads, group) ?? group);
  const missing = chosen.find((each) => typeof each === 'string');
  if (missing !== undefined || chosen.length === 0) {
    const known = workloads.map(groupOf).join(', ');
    throw new TillError(
      missing === undefined ? `${namespace} has no workloads` : `${namespace} has no container group "${missing}"`,
      {
        exit: exitCodes.usage,
        reason: 'unknown-group',
        target: missing ?? namespace,
        next: known === '' ? 'nothing runs there by its selector' : `it has ${known}`,
      },
    );
  }
  return chosen.filter((each) => typeof each !== 'string');
}
