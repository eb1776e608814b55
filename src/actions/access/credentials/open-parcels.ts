import type { Estate } from '#estate/estate.ts';
import { ledgerServer } from '#ledger/open.ts';
import type { Clock } from '#text/clock.ts';
import { ledgerFolder, secretsOf } from '../../context.ts';
import { type Parcels, parcelFolder } from './parcels.ts';

/** Where this estate's sealed credentials wait: beside its ledger, wherever that is. */
export async function openParcels(
  estate: Estate,
  clock: Clock,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Parcels & { close(): Promise<void> }> {
  const server = ledgerServer(estate, env, secretsOf(estate, clock, env));
  if (server === null) {
    return { ...parcelFolder(ledgerFolder(estate, env)), close: async () => undefined };
  }
  const { openPostgresParcels } = await import('#ledger/postgres/parcels.ts');
  return openPostgresParcels(server);
}
