import type { Signal } from './signal.ts';

/** The first among the worst decides a layer; so what names a cause stands before what only shows that it hurts. */
export function causesFirst(signals: readonly Signal[]): readonly Signal[] {
  return [...signals.filter(({ symptom }) => !symptom), ...signals.filter(({ symptom }) => symptom)];
}
