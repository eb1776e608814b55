import type { Plan } from './plan.ts';

/** JSON kind `Plan` as the contract has it (design §9). */
export function planFields(plan: Plan): Readonly<Record<string, unknown>> {
  const { undo, ...rest } = plan;
  return { ...rest, undo: undo === null ? null : { action: undo.action, params: undo.params, words: undo.words } };
}
