import { type Foreign, object } from '../foreign.ts';
import type { NodeRow } from '../rows.ts';
import { conditionsOf, metaOf } from './meta.ts';

const bad: ReadonlySet<string> = new Set(['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable']);

export function nodeRow(foreign: Foreign): NodeRow {
  const conditions = conditionsOf(foreign);
  return {
    ...metaOf(foreign),
    ready: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
    unschedulable: object(foreign['spec'])['unschedulable'] === true,
    pressures: conditions.filter(({ type, status }) => bad.has(type) && status === 'True').map(({ type }) => type),
    conditions,
  };
}
