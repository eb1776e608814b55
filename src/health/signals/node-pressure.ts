import type { NodeRow } from '#systems/kubernetes/rows.ts';
import { span } from '#text/age.ts';
import { andMore, brief, counted } from '../reading.ts';
import { kubernetesSignal } from '../signal.ts';

/** In nodes under this tenant's pods that are not ready or short of memory, disk or process ids. */
export const signal = kubernetesSignal({
  name: 'node-pressure',
  title: 'Nodes',
  layer: 'platform',
  unit: 'count',
  threshold: { direction: 'above', warn: 1, critical: null },
  kinds: ['pods', 'nodes'],
  // Whoever may only read namespaces sees the pods themselves; a node in trouble shows there soon after.
  supplementary: true,
  read({ nodes }, { tenant, now }) {
    if (nodes.length === 0) {
      return null;
    }
    const down = nodes.filter(({ ready }) => !ready);
    const bad = [...down, ...nodes.filter(({ ready, pressures }) => ready && pressures.length > 0)];
    const worst = bad[0];
    if (worst === undefined) {
      const drained = nodes.filter(({ unschedulable }) => unschedulable).length;
      const note = drained === 0 ? '' : `, ${drained} of them cordoned`;
      return { value: 0, message: `${counted(nodes.length, 'node')} ready${note}` };
    }
    return {
      value: bad.length,
      ...(down.length > 0 ? { grade: 'critical' as const } : {}),
      message: `node ${brief(worst.name, 60)} ${words(worst, now)}${andMore(bad.length - 1)}`,
      cause: `node/${tenant.cluster ?? ''}/${worst.name}`,
    };
  },
});

function words({ ready, pressures, conditions }: NodeRow, now: number): string {
  const type = ready ? (pressures[0] ?? '') : 'Ready';
  const since = conditions.find((condition) => condition.type === type)?.changedAt ?? null;
  const what = ready ? `has ${pressures.map((pressure) => brief(pressure)).join(', ')}` : 'is not ready';
  return `${what}${since === null ? '' : ` for ${span((now - since) / 1000)}`}`;
}
