import type {
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  PodTemplate,
  ReplicaSet,
  StatefulSet,
} from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import type { Table } from './table.ts';
import { type Cell, containerNames, humanDuration, images, or, selectorText, since } from './values.ts';

const wide = ['Containers:string(1)', 'Images:string(1)', 'Selector:string(1)'];

export const workloadTables: Readonly<Record<string, Table>> = {
  'deployments.apps': table<Deployment>(
    ['Name:string/name', 'Ready:string', 'Up-to-date:string', 'Available:string', 'Age:string', ...wide],
    ({ metadata, spec, status = {} }, now) => [
      metadata.name,
      `${status.readyReplicas ?? 0}/${spec.replicas ?? 1}`,
      status.updatedReplicas ?? 0,
      status.availableReplicas ?? 0,
      since(metadata.creationTimestamp, now),
      ...wideCells(spec),
    ],
  ),
  'replicasets.apps': table<ReplicaSet>(
    ['Name:string/name', 'Desired:integer', 'Current:integer', 'Ready:integer', 'Age:string', ...wide],
    ({ metadata, spec, status = {} }, now) => [
      metadata.name,
      spec.replicas ?? 1,
      status.replicas ?? 0,
      status.readyReplicas ?? 0,
      since(metadata.creationTimestamp, now),
      ...wideCells(spec),
    ],
  ),
  'statefulsets.apps': table<StatefulSet>(
    ['Name:string/name', 'Ready:string', 'Age:string', 'Containers:string(1)', 'Images:string(1)'],
    ({ metadata, spec, status = {} }, now) => [
      metadata.name,
      `${status.readyReplicas ?? 0}/${spec.replicas ?? 1}`,
      since(metadata.creationTimestamp, now),
      containerNames(spec.template.spec.containers),
      images(spec.template.spec.containers),
    ],
  ),
  'daemonsets.apps': table<DaemonSet>(
    [
      'Name:string/name',
      'Desired:integer',
      'Current:integer',
      'Ready:integer',
      'Up-to-date:integer',
      'Available:integer',
      'Node Selector:string',
      'Age:string',
      ...wide,
    ],
    ({ metadata, spec, status = {} }, now) => [
      metadata.name,
      status.desiredNumberScheduled ?? 0,
      status.currentNumberScheduled ?? 0,
      status.numberReady ?? 0,
      status.updatedNumberScheduled ?? 0,
      status.numberAvailable ?? 0,
      '<none>',
      since(metadata.creationTimestamp, now),
      ...wideCells(spec),
    ],
  ),
  'controllerrevisions.apps': table<StoredObject & { readonly revision?: number }>(
    ['Name:string/name', 'Controller:string', 'Revision:string', 'Age:string'],
    ({ metadata, revision = 0 }, now) => {
      const owners = metadata['ownerReferences'] as readonly { kind: string; name: string }[] | undefined;
      const owner = owners?.[0];
      return [
        metadata.name,
        owner === undefined ? '<none>' : `${owner.kind.toLowerCase()}.apps/${owner.name}`,
        revision,
        since(metadata.creationTimestamp, now),
      ];
    },
  ),
  'horizontalpodautoscalers.autoscaling': table<HorizontalPodAutoscaler>(
    [
      'Name:string/name',
      'Reference:string',
      'Targets:string',
      'MinPods:string',
      'MaxPods:string',
      'Replicas:string',
      'Age:string',
    ],
    (autoscaler, now) => [
      autoscaler.metadata.name,
      `${autoscaler.spec.scaleTargetRef.kind}/${autoscaler.spec.scaleTargetRef.name}`,
      targets(autoscaler),
      autoscaler.spec.minReplicas === undefined ? '<unset>' : `${autoscaler.spec.minReplicas}`,
      autoscaler.spec.maxReplicas,
      autoscaler.status?.currentReplicas ?? 0,
      since(autoscaler.metadata.creationTimestamp, now),
    ],
  ),
  'jobs.batch': table<Job>(
    ['Name:string/name', 'Status:string', 'Completions:string', 'Duration:string', 'Age:string', ...wide],
    ({ metadata, spec, status = {} }, now) => [
      metadata.name,
      jobStatus(status),
      `${status.succeeded ?? 0}/${spec.completions ?? 1}`,
      status.startTime === undefined
        ? ''
        : humanDuration(
            (status.completionTime === undefined ? now : Date.parse(status.completionTime)) -
              Date.parse(status.startTime),
          ),
      since(metadata.creationTimestamp, now),
      ...wideCells(spec),
    ],
  ),
  'cronjobs.batch': table<CronJob>(
    [
      'Name:string/name',
      'Schedule:string',
      'Timezone:string',
      'Suspend:boolean',
      'Active:integer',
      'Last Schedule:string',
      'Age:string',
      ...wide,
    ],
    ({ metadata, spec, status = {} }, now) => [
      metadata.name,
      spec.schedule,
      or(spec.timeZone, '<none>'),
      spec.suspend === true ? 'True' : 'False',
      status.active?.length ?? 0,
      status.lastScheduleTime === undefined ? '<none>' : since(status.lastScheduleTime, now),
      since(metadata.creationTimestamp, now),
      ...wideCells(spec.jobTemplate.spec),
    ],
  ),
};

interface Job extends StoredObject {
  readonly spec: { readonly completions?: number; readonly template: PodTemplate };
  readonly status?: JobStatus;
}

interface JobStatus {
  readonly succeeded?: number;
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

interface CronJob extends StoredObject {
  readonly spec: {
    readonly schedule: string;
    readonly timeZone?: string;
    readonly suspend?: boolean;
    readonly jobTemplate: { readonly spec: { readonly template: PodTemplate } };
  };
  readonly status?: { readonly active?: readonly unknown[]; readonly lastScheduleTime?: string };
}

function jobStatus({ conditions = [] }: JobStatus): string {
  const isTrue = (wanted: string): boolean =>
    conditions.some(({ type, status }) => type === wanted && status === 'True');
  return ['Complete', 'Failed', 'Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(isTrue) ?? 'Running';
}

function targets({ spec, status }: HorizontalPodAutoscaler): string {
  const told = (spec.metrics ?? []).map(({ resource }) => {
    if (resource === undefined) {
      return '<unknown type>';
    }
    const current = status?.currentMetrics?.find((metric) => metric.resource?.name === resource.name)?.resource
      ?.current;
    const { averageUtilization, averageValue } = resource.target;
    return averageUtilization === undefined
      ? `${resource.name}: ${current?.averageValue ?? '<unknown>'}/${averageValue ?? '<auto>'}`
      : `${resource.name}: ${current?.averageUtilization === undefined ? '<unknown>' : `${current.averageUtilization}%`}/${averageUtilization}%`;
  });
  const shown = told.slice(0, 2).join(', ');
  return told.length === 0 ? '<none>' : told.length > 2 ? `${shown} + ${told.length - 2} more...` : shown;
}

function wideCells(spec: {
  readonly template: PodTemplate;
  readonly selector?: Deployment['spec']['selector'];
}): readonly Cell[] {
  const { containers } = spec.template.spec;
  return [containerNames(containers), images(containers), selectorText(spec.selector)];
}

function table<Shape>(columns: readonly string[], cells: (object: Shape, now: number) => readonly Cell[]): Table {
  return { columns, cells: (object, now) => cells(object as unknown as Shape, now) };
}
