import { describe, expect, it } from 'vitest';
import { podTables } from '#sandbox/kubernetes/tables/pods.ts';
import type { StoredObject } from '#sandbox/kubernetes/types.ts';
import { podCases } from '../../systems/kubernetes/pod-cases.ts';

/** The same cases that till's own projection of a pod is held to, and a real server's Table. */
describe('a pod in the sandbox’s table', () => {
  it.each(podCases)('is %s', (shown, { metadata, spec, status }) => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
      spec: { containers: [{ name: 'a' }, { name: 'b' }], ...spec },
      status,
    } as unknown as StoredObject;
    const [, ready, told, restarts] = podTables['pods']?.cells(pod, Date.now()) ?? [];
    expect(`${told} ${ready} ${String(restarts).split(' ')[0]}`).toBe(shown);
  });
});
