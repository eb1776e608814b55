import { randomUUID } from 'node:crypto';
import type { JobSpec } from '../shapes.ts';
import type { SeedObject } from '../types.ts';
import { defaultedTemplateSpec } from './pod-spec.ts';

/** What the API server fills in of a Job: its pods are known by its uid, so that two Jobs of one name never share any. */
export function defaultedJob(object: SeedObject): SeedObject {
  const spec = object.spec as JobSpec;
  if (spec.selector !== undefined) {
    return object;
  }
  const { name, uid = randomUUID() } = object.metadata as { readonly name: string; readonly uid?: string };
  const own = { 'batch.kubernetes.io/controller-uid': uid };
  const labels = {
    ...spec.template.metadata?.labels,
    ...own,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  return {
    ...object,
    metadata: { ...object.metadata, uid },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      manualSelector: false,
      suspend: false,
      podReplacementPolicy: spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed',
      ...spec,
      selector: { matchLabels: own },
      template: {
        ...spec.template,
        metadata: { ...spec.template.metadata, labels },
        spec: defaultedTemplateSpec(spec.template.spec),
      },
    },
    status: object.status ?? {},
  };
}
