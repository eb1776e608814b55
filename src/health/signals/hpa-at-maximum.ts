import type { ConditionRow, HpaRow } from '#systems/kubernetes/rows.ts';
import { span } from '#text/age.ts';
import { brief } from '../reading.ts';
import { kubernetesSignal } from '../signal.ts';

/** In percent of the maximum. An autoscaler at its end keeps the shop up today and has nothing left for more. */
export const signal = kubernetesSignal({
  name: 'hpa-at-maximum',
  title: 'Autoscaler',
  layer: 'platform',
  unit: 'percent',
  threshold: { direction: 'above', warn: 100, critical: null },
  kinds: ['horizontalpodautoscalers'],
  read({ hpas }, { now }) {
    const fullest = hpas.toSorted((a, b) => share(b) - share(a))[0];
    if (fullest === undefined) {
      return null;
    }
    const value = Math.round(share(fullest) * 100);
    const blind = hpas.find((hpa) => failing(hpa) !== undefined);
    const why = blind === undefined ? undefined : failing(blind);
    if (blind !== undefined && why !== undefined && value < 100) {
      const message = `HPA ${blind.name} does not scale${since(why, now)}: ${brief(why.reason ?? why.type)}`;
      return { value, grade: 'warn', message };
    }
    if (value < 100) {
      return { value, message: `HPA ${fullest.name} at ${fullest.current} of ${fullest.max}` };
    }
    const limited = limitedBy(fullest);
    // Bounds that leave no room are somebody's decision; only a wish for more makes them news.
    const fixed = fullest.min === fullest.max && limited === undefined;
    const where = `HPA ${fullest.name} at its maximum, ${fullest.current} of ${fullest.max}`;
    return {
      value,
      ...(fixed ? { grade: 'ok' as const } : {}),
      message: fixed ? `${where}, which is also its minimum` : `${where}${since(limited, now)}`,
    };
  },
});

function share({ current, desired, max }: HpaRow): number {
  return max === 0 ? 0 : Math.max(current, desired) / max;
}

function limitedBy({ conditions }: HpaRow): ConditionRow | undefined {
  return conditions.find(
    ({ type, status, reason }) => type === 'ScalingLimited' && status === 'True' && reason === 'TooManyReplicas',
  );
}

/** `ScalingActive` is False with no reason to worry when the target is scaled to zero. */
function failing({ conditions }: HpaRow): ConditionRow | undefined {
  return conditions.find(
    ({ type, status, reason }) =>
      (type === 'ScalingActive' || type === 'AbleToScale') && status === 'False' && reason !== 'ScalingDisabled',
  );
}

function since(condition: ConditionRow | undefined, now: number): string {
  return condition?.changedAt == null ? '' : ` for ${span((now - condition.changedAt) / 1000)}`;
}
