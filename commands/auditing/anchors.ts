import { dirname, join } from 'node:path';
import { ledgerFolder } from '#actions/context.ts';
import { resolveSecret } from '#discovery/secrets.ts';
import type { Estate } from '#estate/estate.ts';
import type { Invocation } from '#grammar/command.ts';
import { usageError } from '#grammar/usage-error.ts';
import type { Anchor } from '#ledger/anchors/anchor.ts';
import { anchorsOf } from '#ledger/anchors/from-estate.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

/** Where an estate keeps what signs and anchors its ledger. */
export function proofFolders(estate: Estate, env: Invocation['io']['env']) {
  const ledger = ledgerFolder(estate, env);
  const home = dirname(ledger);
  return { ledger, keys: join(home, 'keys'), signed: join(home, 'checkpoints'), anchors: join(home, 'anchors') };
}

/** The anchors that the estate names, or the one that was asked for. */
export async function openAnchors(estate: Estate, { io }: Invocation, only?: string): Promise<readonly Anchor[]> {
  const names = Object.keys(estate.ledger?.anchors ?? {});
  if (only !== undefined && !names.includes(only)) {
    const known = names.length === 0 ? 'the estate names none' : `there is ${names.join(', ')}`;
    throw usageError(`there is no anchor "${only}": ${known}`, null, 'ledger.anchors in estate.yaml');
  }
  const folders = proofFolders(estate, io.env);
  return anchorsOf(
    {
      ...{ estate, folder: folders.anchors, now: () => io.clock.now() },
      ledgerFolder: estate.ledger?.postgres === undefined ? folders.ledger : null,
      secret: (reference) => resolveSecret(reference, { env: io.env, readSecret: fromCluster(estate, io) }),
    },
    only,
  );
}

/** The private key that the estate names to sign checkpoints with; null where it names none. */
export async function signingSecret(estate: Estate, { io }: Invocation): Promise<string | null> {
  const reference = estate.ledger?.checkpoints.key;
  if (reference === undefined) {
    return null;
  }
  return resolveSecret(reference, { env: io.env, readSecret: fromCluster(estate, io) }).catch((error: unknown) => {
    throw new TillError(
      `the key that signs checkpoints cannot be had: ${error instanceof Error ? error.message : error}`,
      {
        exit: exitCodes.unreachable,
        reason: 'key-unreachable',
        target: 'ledger.checkpoints.key',
        cause: error,
      },
    );
  });
}

function fromCluster(estate: Estate, { clock, env }: Invocation['io']) {
  return async (cluster: string, namespace: string, name: string, key: string): Promise<string> => {
    const { createConnections } = await import('#health/connections.ts');
    const connections = createConnections({ estate, clock, random: Math.random, env, knownNamespaces: () => [] });
    try {
      return await (await connections.cluster(cluster)).secret(namespace, name, key);
    } finally {
      await connections.close();
    }
  };
}
