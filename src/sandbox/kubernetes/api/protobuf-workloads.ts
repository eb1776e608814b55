import type { Shape } from './protobuf-shapes.ts';

/** What `kubectl create deployment|job|quota|poddisruptionbudget|service`, `autoscale` and `drain` send (1.36), field by field. */
export function workloadShapes(metadata: Shape, selector: Shape): Readonly<Record<string, Shape>> {
  const port: Shape = { 1: ['name', 'text'], 3: ['containerPort', 'number'], 4: ['protocol', 'text'] };
  const container: Shape = {
    1: ['name', 'text'],
    2: ['image', 'text'],
    3: ['command', 'texts'],
    4: ['args', 'texts'],
    6: ['ports', [port]],
    7: ['env', [{ 1: ['name', 'text'], 2: ['value', 'text'] }]],
    8: ['resources', { 1: ['limits', 'quantity map'], 2: ['requests', 'quantity map'] }],
  };
  const template: Shape = {
    1: ['metadata', metadata],
    2: ['spec', { 2: ['containers', [container]], 3: ['restartPolicy', 'text'], 8: ['serviceAccountName', 'text'] }],
  };
  const deleteOptions: Shape = {
    1: ['gracePeriodSeconds', 'number'],
    2: ['preconditions', { 1: ['uid', 'text'], 2: ['resourceVersion', 'text'] }],
    4: ['propagationPolicy', 'text'],
    5: ['dryRun', 'texts'],
  };
  const target: Shape = { 1: ['type', 'text'], 4: ['averageUtilization', 'number'] };
  const metric: Shape = { 1: ['type', 'text'], 4: ['resource', { 1: ['name', 'text'], 2: ['target', target] }] };
  const servicePort: Shape = {
    1: ['name', 'text'],
    2: ['protocol', 'text'],
    3: ['port', 'number'],
    4: ['targetPort', 'number or text'],
  };
  return {
    DeleteOptions: deleteOptions,
    Eviction: { 1: ['metadata', metadata], 2: ['deleteOptions', deleteOptions] },
    ResourceQuota: {
      1: ['metadata', metadata],
      2: ['spec', { 1: ['hard', 'quantity map'], 2: ['scopes', 'texts'] }],
    },
    PodDisruptionBudget: {
      1: ['metadata', metadata],
      2: [
        'spec',
        { 1: ['minAvailable', 'number or text'], 2: ['selector', selector], 3: ['maxUnavailable', 'number or text'] },
      ],
    },
    Deployment: {
      1: ['metadata', metadata],
      2: ['spec', { 1: ['replicas', 'number'], 2: ['selector', selector], 3: ['template', template] }],
    },
    Job: {
      1: ['metadata', metadata],
      2: ['spec', { 1: ['parallelism', 'number'], 2: ['completions', 'number'], 6: ['template', template] }],
    },
    HorizontalPodAutoscaler: {
      1: ['metadata', metadata],
      2: [
        'spec',
        {
          1: ['scaleTargetRef', { 1: ['kind', 'text'], 2: ['name', 'text'], 3: ['apiVersion', 'text'] }],
          2: ['minReplicas', 'number'],
          3: ['maxReplicas', 'number'],
          4: ['metrics', [metric]],
        },
      ],
    },
    Service: {
      1: ['metadata', metadata],
      2: [
        'spec',
        {
          1: ['ports', [servicePort]],
          2: ['selector', 'map'],
          3: ['clusterIP', 'text'],
          4: ['type', 'text'],
          10: ['externalName', 'text'],
        },
      ],
    },
  };
}
