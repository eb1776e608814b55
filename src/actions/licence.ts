import type { Operation } from '#systems/operation.ts';

/** The one place where an Operation is made (design §4): after the intent is durable. test/architecture.test.ts holds it. */
export function licence(id: string, action: string): Operation {
  return { id, action } as unknown as Operation;
}
