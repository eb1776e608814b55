import type { Estate } from '#estate/estate.ts';
import { createConnections } from '#health/connections.ts';
import type { Clock } from '#text/clock.ts';
import { eyesOf, type JobEyes } from './job-eyes.ts';

/** For who only watches: nothing is connected to until a Job is looked at. */
export function openEyes(
  estate: Estate,
  clock: Clock,
  env: Readonly<Record<string, string | undefined>>,
): { readonly eyes: JobEyes; close(): Promise<void> } {
  const connections = createConnections({ estate, clock, random: Math.random, env, knownNamespaces: () => [] });
  return { eyes: eyesOf({ cluster: connections.cluster, clock, estate }), close: () => connections.close() };
}
