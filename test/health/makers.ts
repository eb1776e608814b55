import type { Estate } from '#estate/estate.ts';
import type { SignalStatus } from '#health/status.ts';

export function anEstate(fields: Partial<Estate> = {}): Estate {
  return {
    apiVersion: 'till/v1',
    id: '018f0000-0000-7000-8000-000000000001',
    name: 'nordic',
    mode: 'READ-ONLY',
    clusters: {},
    postgres: {},
    redis: {},
    fronts: {},
    tiers: {},
    stores: {},
    people: [],
    calendar: [],
    tenants: [],
    discover: [],
    path: null,
    ...fields,
  };
}

export function aSignalStatus(fields: Partial<SignalStatus> = {}): SignalStatus {
  return {
    name: 'connections',
    title: 'Connections',
    layer: 'platform',
    grade: 'ok',
    value: 10,
    unit: 'percent',
    threshold: null,
    message: '10 of 100',
    source: 'postgres/pg-1',
    reason: null,
    cause: null,
    observedAt: '2026-11-27T08:41:00Z',
    ...fields,
  };
}
