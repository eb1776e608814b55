import type { Session } from '#health/queries/sessions.ts';
import type { WorkloadView } from '#health/signal.ts';
import type { ConditionRow, HpaRow, NodeRow, PodRow, RowMeta, WorkloadRow } from '#systems/kubernetes/rows.ts';
import { minutesAgo } from './makers.ts';

function meta(name: string): RowMeta {
  return { uid: name, namespace: 'harbour-shoes', name, resourceVersion: '1', labels: {}, createdAt: minutesAgo(600) };
}

export function view(parts: Partial<WorkloadView>): WorkloadView {
  return { workloads: [], pods: [], hpas: [], nodes: [], ...parts };
}

export function condition(type: string, status: string, fields: Partial<ConditionRow> = {}): ConditionRow {
  return { type, status, reason: null, message: null, changedAt: null, ...fields };
}

/** A workload with that many pods wanted and ready. */
export function workload(
  name: string,
  ready: number,
  replicas: number,
  fields: Partial<WorkloadRow> = {},
): WorkloadRow {
  return {
    ...meta(name),
    kind: 'Deployment',
    generation: 41,
    observedGeneration: 41,
    replicas,
    ready,
    updated: replicas,
    available: ready,
    paused: false,
    containers: [],
    conditions: [],
    selector: {},
    revision: '41',
    ...fields,
  };
}

export function pod(name: string, fields: Partial<PodRow> = {}): PodRow {
  return {
    ...meta(name),
    phase: 'Running',
    status: 'Running',
    ready: true,
    containersReady: 1,
    containers: 1,
    restarts: 0,
    lastTermination: null,
    node: 'n3',
    startedAt: minutesAgo(600),
    deletedAt: null,
    owner: null,
    ...fields,
  };
}

export function ended(
  reason: string,
  exitCode: number | null,
  minutes: number,
): NonNullable<PodRow['lastTermination']> {
  return { container: 'odoo', reason, exitCode, finishedAt: minutesAgo(minutes) };
}

export function hpa(name: string, current: number, max: number, fields: Partial<HpaRow> = {}): HpaRow {
  return {
    ...meta(name),
    target: { kind: 'Deployment', name },
    min: 2,
    max,
    current,
    desired: current,
    conditions: [],
    ...fields,
  };
}

export function node(name: string, fields: Partial<NodeRow> = {}): NodeRow {
  return { ...meta(name), ready: true, unschedulable: false, pressures: [], conditions: [], ...fields };
}

export function session(pid: number, fields: Partial<Session> = {}): Session {
  return {
    pid,
    database: 'harbour_shoes',
    user: 'odoo',
    application: `odoo-${pid}`,
    client: null,
    state: 'active',
    wait: null,
    transactionSeconds: 1,
    stateSeconds: 1,
    blockedBy: [],
    query: 'SELECT 1',
    backend: 'client backend',
    backendStart: null,
    transactionStart: null,
    queryStart: null,
    leader: null,
    waitSeconds: null,
    ...fields,
  };
}

/** A session that waits for the first of `blockedBy`. */
export function waiter(
  pid: number,
  blockedBy: readonly number[],
  waitSeconds = 1,
  fields: Partial<Session> = {},
): Session {
  return session(pid, { wait: 'Lock:transactionid', blockedBy, waitSeconds, ...fields });
}
