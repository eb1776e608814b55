import { describe, expect, it } from 'vitest';
import { nextReplicas } from '#sandbox/kubernetes/controllers/rollout.ts';

const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  replicas: 4,
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
});
const set = (wanted: number, available = wanted) => ({ wanted, available });

describe('the next step of a rollout', () => {
  it('begins with as many new pods as may be too many', () => {
    expect(nextReplicas(rolling('25%', 0), set(0), [set(4)], 4)).toEqual({ current: 1, old: [4] });
  });

  it('takes old pods away only as new ones become available', () => {
    expect(nextReplicas(rolling(1, 0), set(1, 0), [set(4)], 4)).toEqual({ current: 1, old: [4] });
    expect(nextReplicas(rolling(1, 0), set(1, 1), [set(4)], 4)).toEqual({ current: 1, old: [3] });
  });

  it('may run short by as many as the strategy says', () => {
    expect(nextReplicas(rolling(0, 2), set(0), [set(4)], 4)).toEqual({ current: 0, old: [2] });
  });

  it('never stands still: both bounds at zero still give one', () => {
    expect(nextReplicas(rolling(0, 0), set(0), [set(4)], 4)).toEqual({ current: 0, old: [3] });
  });

  it('gives up pods that serve nobody before those that do', () => {
    expect(nextReplicas(rolling(1, 1), set(1, 0), [set(2, 0), set(2, 2)], 4)).toMatchObject({ old: [1, 2] });
  });

  it('shrinks to what is asked for', () => {
    expect(nextReplicas(rolling(1, 0), set(6), [], 0)).toEqual({ current: 4, old: [] });
  });

  it('that recreates ends all old pods before it starts a new one', () => {
    const spec = { replicas: 4, strategy: { type: 'Recreate' } };
    expect(nextReplicas(spec, set(0), [set(4)], 4)).toEqual({ current: 0, old: [0] });
    expect(nextReplicas(spec, set(0), [set(0)], 0)).toEqual({ current: 4, old: [0] });
  });
});
