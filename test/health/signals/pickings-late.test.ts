import { describe, expect, it } from 'vitest';
import { type Pickings, pickings } from '#health/queries/pickings.ts';
import { signal } from '#health/signals/pickings-late.ts';
import { says } from './makers.ts';

const late = (count: number, usual: number, fields: Partial<Pickings> = {}): Pickings => ({
  late: count,
  usual,
  oldestSeconds: null,
  kind: null,
  ofKind: 0,
  ...fields,
});

describe('pickings-late', () => {
  it('compares with the tenant’s own tail', () => {
    expect(says(signal, late(0, 21))).toBe('ok: no picking of this week is a day late');
    expect(says(signal, late(21, 21))).toBe('ok: 21 pickings a day late, usual 21');
    expect(says(signal, late(42, 21))).toMatch(/^warn/);
    expect(says(signal, late(105, 21, { kind: 'outgoing', ofKind: 90, oldestSeconds: 259_200 }))).toBe(
      'critical: 105 pickings a day late, usual 21, 90 of them outgoing, oldest planned 3d0h ago',
    );
  });

  it('says so when all are of one kind', () => {
    expect(says(signal, late(4, 0, { kind: 'outgoing', ofKind: 4 }))).toBe(
      'ok: 4 pickings a day late, usual 0, all outgoing',
    );
  });

  it('does not call a warehouse’s first few a catastrophe', () => {
    expect(says(signal, late(4, 0))).toMatch(/^ok/);
    expect(says(signal, late(10, 0))).toMatch(/^warn/);
  });

  it('takes the median of the four weeks before', () => {
    expect(pickings.parse([{ weeks: [9, 2, 4, 100, 6] }])).toMatchObject({ late: 9, usual: 5 });
    expect(pickings.parse([])).toEqual(late(0, 0));
  });
});
