import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Estate } from '#estate/estate.ts';
import type { SecretReference } from '#estate/schema.ts';
import type { Clock } from '#text/clock.ts';
import type { Claimed } from './entry.ts';
import { openFileLedger } from './file-store.ts';
import { thisProcess } from './identity.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerServer } from './postgres/connection.ts';
import { SpoolingLedger } from './spool/spooling-ledger.ts';

export interface OpenLedgerOptions {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file store's folder; beside a server, what this host remembers of it. */
  readonly folder: string;
  readonly claimed: Partial<Claimed>;
  /** What a reference in the estate stands for. */
  readonly secret: (reference: SecretReference) => Promise<string>;
  /** Told once, when the server is found away. */
  readonly onAway?: (message: string) => void;
}

/** The estate's ledger: the server that it names, or a file of this user on this host. */
export function ledgerOf({ estate, clock, env, folder, claimed, secret, onAway }: OpenLedgerOptions): Ledger {
  const identity = thisProcess();
  const server = ledgerServer(estate, env, secret);
  return server === null
    ? openFileLedger({ folder, estateId: estate.id, clock, identity, claimed })
    : new SpoolingLedger({
        server,
        folder,
        estateId: estate.id,
        clock,
        identity,
        claimed,
        ...(onAway === undefined ? {} : { onAway }),
        anchored: () => anchoredOf({ estate, clock, folder, secret }),
      });
}

const anchorsAskedMs = 5_000;

/** What the anchors have seen, as far as they can be asked. Loaded when somebody is elevated, and not before. */
async function anchoredOf({
  estate,
  clock,
  folder,
  secret,
}: Pick<OpenLedgerOptions, 'estate' | 'clock' | 'folder' | 'secret'>) {
  const names = Object.keys(estate.ledger?.anchors ?? {});
  if (names.length === 0) {
    return [];
  }
  const [{ anchorsOf }, { heldBy }] = await Promise.all([
    import('./anchors/from-estate.ts'),
    import('./anchors/anchor-checkpoint.ts'),
  ]);
  const cache = join(dirname(folder), 'anchors');
  const anchors = await anchorsOf({ estate, folder: cache, ledgerFolder: null, now: () => clock.now(), secret });
  // A remote that hangs is one that is away: nobody waits a minute for it before each deed.
  const patience = new AbortController();
  const tooLong = pause(anchorsAskedMs, null, { signal: patience.signal }).catch(() => null);
  const held = await Promise.race([heldBy(anchors, estate.id), tooLong]);
  patience.abort();
  return held?.notes ?? [];
}

/** Where the estate's ledger is kept, and who goes there; null for a file. */
export function ledgerServer(
  estate: Pick<Estate, 'ledger'>,
  env: OpenLedgerOptions['env'],
  secret: OpenLedgerOptions['secret'],
): LedgerServer | null {
  const named = estate.ledger?.postgres;
  if (named === undefined) {
    return null;
  }
  const { password, user, ...server } = named;
  return {
    ...server,
    // As psql does, so that one estate file serves everybody: each comes with their own login.
    user: user ?? env['PGUSER'] ?? userInfo().username,
    password: async () => (password === undefined ? env['PGPASSWORD'] : await secret(password)),
  };
}
