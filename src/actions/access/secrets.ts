import { resolveSecret } from '#discovery/secrets.ts';
import type { Estate } from '#estate/estate.ts';
import type { SecretReference } from '#estate/schema.ts';
import { createConnections } from '#health/connections.ts';
import type { Clock } from '#text/clock.ts';

/** What a reference in the estate stands for; one in a cluster is read by a connection that is closed again. */
export function secretsOf(
  estate: Estate,
  clock: Clock,
  env: Readonly<Record<string, string | undefined>>,
): (reference: SecretReference) => Promise<string> {
  const readSecret = async (where: string, namespace: string, name: string, key: string) => {
    const connections = createConnections({ estate, clock, random: Math.random, env, knownNamespaces: () => [] });
    try {
      return await (await connections.cluster(where)).secret(namespace, name, key);
    } finally {
      await connections.close();
    }
  };
  return (reference) => resolveSecret(reference, { env, readSecret });
}
