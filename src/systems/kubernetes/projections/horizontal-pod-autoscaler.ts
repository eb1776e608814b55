import { type Foreign, number, object, shared, text } from '../foreign.ts';
import type { HpaRow } from '../rows.ts';
import { conditionsOf, metaOf } from './meta.ts';

/** autoscaling/v2 */
export function hpaRow(foreign: Foreign): HpaRow {
  const spec = object(foreign['spec']);
  const status = object(foreign['status']);
  const target = object(spec['scaleTargetRef']);
  return {
    ...metaOf(foreign),
    target: { kind: shared(text(target['kind'])), name: shared(text(target['name'])) },
    min: number(spec['minReplicas'], 1),
    max: number(spec['maxReplicas']),
    current: number(status['currentReplicas']),
    desired: number(status['desiredReplicas']),
    conditions: conditionsOf(foreign),
  };
}
