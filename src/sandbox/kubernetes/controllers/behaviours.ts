import { isDeepStrictEqual } from 'node:util';
import type { Pod } from '../shapes.ts';
import type { PodBehaviour, PodSelector } from '../types.ts';

/** What was asked to go wrong, and for which pods. The last word wins. */
export class Behaviours {
  #all: readonly { readonly selector: PodSelector; readonly behaviour: PodBehaviour }[] = [];

  /** `null` takes a selector's behaviour back. */
  set(selector: PodSelector, behaviour: PodBehaviour | null): void {
    const others = this.#all.filter((each) => !isDeepStrictEqual(each.selector, selector));
    this.#all = behaviour === null ? others : [...others, { selector, behaviour }];
  }

  of(pod: Pod): PodBehaviour | undefined {
    return this.#all.findLast(({ selector }) => isChosen(selector, pod))?.behaviour;
  }
}

export function isChosen({ namespace, labels }: PodSelector, { metadata }: Pick<Pod, 'metadata'>): boolean {
  return (
    (namespace === undefined || namespace === metadata.namespace) &&
    Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value)
  );
}

/** How a container ends by itself. */
export interface Crash {
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly afterMs: number;
  readonly restarts: number;
}

export function crashOf(behaviour: PodBehaviour | undefined): Crash | undefined {
  if (behaviour !== undefined && 'crash' in behaviour) {
    const { exitCode = 1, reason, message, afterMs = 1500, restarts = 0 } = behaviour.crash;
    const told = reason ?? (exitCode === 0 ? 'Completed' : 'Error');
    return { exitCode, reason: told, ...(message === undefined ? {} : { message }), afterMs, restarts };
  }
  if (behaviour !== undefined && 'oomKilled' in behaviour) {
    const { afterMs = 1500, restarts = 0 } = behaviour.oomKilled;
    return { exitCode: 137, reason: 'OOMKilled', afterMs, restarts };
  }
  return undefined;
}
