import { describe, expect, it } from 'vitest';
import { causesFirst } from '#health/causes-first.ts';
import { signals } from '#health/signals/index.ts';

const order = causesFirst(signals).map(({ name }) => name);
const comesBefore = (cause: string, symptom: string) => order.indexOf(cause) < order.indexOf(symptom);

describe('causesFirst', () => {
  it('lists every signal once', () => {
    expect(order.toSorted()).toEqual(signals.map(({ name }) => name).toSorted());
  });

  it('lets the cause be named where a cause and its symptom are equally bad', () => {
    expect(comesBefore('silent-tills', 'orders-rate')).toBe(true);
    expect(comesBefore('payments-unprocessed', 'orders-rate')).toBe(true);
    expect(comesBefore('pod-restarts', 'workloads-ready')).toBe(true);
    expect(comesBefore('modules-half-upgraded', 'crons-overdue')).toBe(true);
    expect(comesBefore('blocked-sessions', 'longest-transaction')).toBe(true);
  });
});
