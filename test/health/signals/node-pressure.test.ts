import { describe, expect, it } from 'vitest';
import { signal } from '#health/signals/node-pressure.ts';
import { minutesAgo, reading, says } from './makers.ts';
import { condition, node, view } from './rows.ts';

const of = (...nodes: ReturnType<typeof node>[]) => says(signal, view({ nodes }));

describe('node-pressure', () => {
  it('does not apply where no node is known', () => {
    expect(of()).toBeNull();
  });

  it('is well on ready nodes; a cordon is somebody’s work', () => {
    expect(of(node('n1'), node('n2', { unschedulable: true }))).toBe('ok: 2 nodes ready, 1 of them cordoned');
  });

  it('warns of pressure and names the node as what tenants share', () => {
    const pressed = node('n3', {
      pressures: ['MemoryPressure'],
      conditions: [condition('MemoryPressure', 'True', { changedAt: minutesAgo(7) })],
    });
    expect(reading(signal, view({ nodes: [node('n1'), pressed] }))).toMatchObject({
      grade: 'warn',
      value: 1,
      message: 'node n3 has MemoryPressure for 7m00s',
      cause: 'node/eu-prod/n3',
    });
  });

  it('is critical for a node that is not ready, before one under pressure', () => {
    const down = node('n9', {
      ready: false,
      conditions: [condition('Ready', 'Unknown', { changedAt: minutesAgo(2) })],
    });
    expect(of(node('n3', { pressures: ['DiskPressure'] }), down)).toBe(
      'critical: node n9 is not ready for 2m00s and 1 more',
    );
  });
});
