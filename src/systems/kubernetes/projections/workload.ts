import { type Foreign, number, object, objects, shared, text, textOrNull, texts } from '../foreign.ts';
import type { WorkloadRow } from '../rows.ts';
import { conditionsOf, metaOf } from './meta.ts';

/** What a Deployment and a StatefulSet have in common, which is nearly all that till asks of them. */
export function workloadOf(kind: WorkloadRow['kind'], foreign: Foreign): WorkloadRow {
  const metadata = object(foreign['metadata']);
  const spec = object(foreign['spec']);
  const status = object(foreign['status']);
  const template = object(object(spec['template'])['spec']);
  return {
    ...metaOf(foreign),
    kind,
    generation: number(metadata['generation']),
    observedGeneration: number(status['observedGeneration']),
    // The API server fills the default of 1 in; absent means a server that does not.
    replicas: number(spec['replicas'], 1),
    ready: number(status['readyReplicas']),
    updated: number(status['updatedReplicas']),
    available: number(status['availableReplicas']),
    paused: spec['paused'] === true,
    containers: objects(template['containers']).map((container) => ({
      name: shared(text(container['name'])),
      image: shared(text(container['image'], 512)),
    })),
    conditions: conditionsOf(foreign),
    selector: texts(object(spec['selector'])['matchLabels']),
    revision: textOrNull(object(metadata['annotations'])['deployment.kubernetes.io/revision']),
  };
}
