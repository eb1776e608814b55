import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ulidPattern } from '#ledger/ulid.ts';

export interface Parcel {
  /** The credential's id within its grant. */
  readonly credential: string;
  /** A sealed box (seal.ts): only its subject can open it. */
  readonly sealed: string;
}

/** Sealed credentials on their way to their subject, beside the ledger and never in it: what is in a chain cannot be taken out again. */
export interface Parcels {
  /** In place of an earlier one of the same credential. */
  put(grant: string, parcel: Parcel): Promise<void>;
  of(grant: string): Promise<readonly Parcel[]>;
  /** All of a grant, or one. */
  remove(grant: string, credential?: string): Promise<void>;
}

/** Beside a ledger of files: a file for each, 0600. */
export function parcelFolder(ledgerFolder: string): Parcels {
  const folderOf = (grant: string) => {
    if (!ulidPattern.test(grant)) {
      throw new TypeError(`${grant} is no grant's id`);
    }
    return join(ledgerFolder, 'parcels', grant);
  };
  const fileOf = (grant: string, credential: string) =>
    join(folderOf(grant), `${Buffer.from(credential).toString('base64url')}.box`);
  return {
    async put(grant, { credential, sealed }) {
      mkdirSync(folderOf(grant), { recursive: true, mode: 0o700 });
      writeFileSync(fileOf(grant, credential), sealed, { mode: 0o600, flush: true });
    },
    async of(grant) {
      try {
        return readdirSync(folderOf(grant)).map((name) => ({
          credential: Buffer.from(name.replace(/\.box$/, ''), 'base64url').toString(),
          sealed: readFileSync(join(folderOf(grant), name), 'utf8'),
        }));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
          return [];
        }
        throw error;
      }
    },
    async remove(grant, credential) {
      rmSync(credential === undefined ? folderOf(grant) : fileOf(grant, credential), { recursive: true, force: true });
    },
  };
}
