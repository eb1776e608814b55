import { describe, expect, it } from 'vitest';
import { podRow } from '#systems/kubernetes/projections/pod.ts';
import { podCases } from './pod-cases.ts';

describe("a pod's columns are kubectl's", () => {
  it.each(podCases)('%s', (expected, { metadata, spec, status }) => {
    const containers = [{ name: 'a' }, { name: 'b' }];
    const row = podRow({ metadata: { name: 'x', uid: 'u', ...metadata }, spec: { containers, ...spec }, status });
    expect(`${row.status} ${row.containersReady}/${row.containers} ${row.restarts}`).toBe(expected);
  });
});
