import type { Foreign } from '../foreign.ts';
import type { WorkloadRow } from '../rows.ts';
import { workloadOf } from './workload.ts';

export function statefulSetRow(foreign: Foreign): WorkloadRow {
  return workloadOf('StatefulSet', foreign);
}
