import { LedgerConnection, type LedgerServer } from './connection.ts';

/** Sealed parcels beside the chain (setup/parcels.ts); the server says who may put, who is given, and who takes away. */
export interface PostgresParcels {
  put(grant: string, parcel: { readonly credential: string; readonly sealed: string }): Promise<void>;
  of(grant: string): Promise<readonly { readonly credential: string; readonly sealed: string }[]>;
  remove(grant: string, credential?: string): Promise<void>;
  close(): Promise<void>;
}

export function openPostgresParcels(server: LedgerServer): PostgresParcels {
  const connection = new LedgerConnection(server);
  return {
    async put(grant, { credential, sealed }) {
      await connection.read('SELECT till_ledger.put_parcel($1, $2, $3)', [grant, credential, sealed]);
    },
    async of(grant) {
      const rows = await connection.read('SELECT credential, sealed FROM till_ledger.parcels_of($1)', [grant]);
      return rows.map(({ credential, sealed }) => ({ credential: String(credential), sealed: String(sealed) }));
    },
    async remove(grant, credential) {
      await connection.read('SELECT till_ledger.drop_parcel($1, $2)', [grant, credential ?? null]);
    },
    close: () => connection.close(),
  };
}
