import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Estate } from '#estate/estate.ts';
import { stateHome } from '#health/state-folder.ts';
import type { Credential, Grant } from '#ledger/access/grant.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { Clock } from '#text/clock.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type Handed, sealedFor } from './mint.ts';
import { openParcels } from './open-parcels.ts';
import { keyIn } from './own-key.ts';
import { open } from './seal.ts';

/** What a grant lets this person write with. A system that is null there is written to with the everyday identity. */
export interface GrantedCredentials {
  /** Tokens by namespace; null where the grant has none in this cluster. */
  tokens(cluster: string): ReadonlyMap<string, string> | null;
  login(server: string): { readonly user: string; readonly password: string } | null;
}

interface Asking {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ledger: Ledger;
}

/** An agent needs a moment to mint after the activation; where none runs, nothing comes. */
const youngMs = 30_000;
const patienceMs = 10_000;

/**
 * The credentials of a grant, opened with the key of this machine; null where nobody mints, and the grant is words alone. A box that is
 * not the one that the ledger names is refused: whoever can write beside the chain cannot slip another's token in.
 */
export async function grantedCredentials(id: string, asking: Asking): Promise<GrantedCredentials | null> {
  const grant = await minted(id, asking);
  const live = grant?.credentials.filter(({ retiredAt }) => retiredAt === null) ?? [];
  if (grant === null || grant.credentials.length === 0) {
    return null;
  }
  const opened = new Map(await boxesOf(grant, live, asking));
  const of = (system: Credential['system'], where: string) =>
    grant.credentials.filter((credential) => credential.system === system && credential.where === where);
  return {
    tokens(cluster) {
      const own = of('kubernetes', cluster);
      const tokens = own.flatMap(({ id: credential }): [string, string][] => {
        const handed = opened.get(credential);
        return handed?.system === 'kubernetes' ? [[handed.namespace, handed.token]] : [];
      });
      return own.length === 0 ? null : new Map(tokens);
    },
    login(server) {
      const [own] = of('postgres', server);
      const handed = own === undefined ? undefined : opened.get(own.id);
      if (own !== undefined && handed?.system !== 'postgres') {
        throw missing(own.id);
      }
      return handed?.system === 'postgres' ? { user: handed.user, password: handed.password } : null;
    },
  };
}

async function minted(id: string, { ledger, clock }: Asking): Promise<Grant | null> {
  const startedAt = clock.monotonic();
  for (;;) {
    const grant = (await ledger.state()).grants.get(id) ?? null;
    const { now } = await ledger.presence();
    const isYoung = grant?.activatedAt != null && now - Date.parse(grant.activatedAt) < youngMs;
    if (grant === null || grant.credentials.length > 0 || !isYoung || clock.monotonic() - startedAt > patienceMs) {
      return grant;
    }
    await pause(250);
  }
}

async function boxesOf(
  grant: Grant,
  live: readonly Credential[],
  { estate, clock, env }: Asking,
): Promise<readonly [string, Handed][]> {
  const key = keyIn(stateHome(estate.id, env));
  if (key === null) {
    throw new TillError('this machine has no key, so nothing that was sealed can be opened here', {
      exit: exitCodes.refused,
      reason: 'no-key',
      target: grant.grant,
      next: '`till access key` makes one; put it under `people:` and ask for another grant',
    });
  }
  const parcels = await openParcels(estate, clock, env);
  try {
    const boxes = await parcels.of(grant.grant);
    return live.map((credential) => {
      const box = boxes.find((parcel) => parcel.credential === credential.id);
      if (box === undefined || hash('sha256', box.sealed) !== credential.sealed) {
        throw missing(credential.id);
      }
      const bytes = open(key.privateKey, sealedFor({ estate }, grant.grant, credential.id), box.sealed);
      return [credential.id, JSON.parse(bytes.toString()) as Handed];
    });
  } finally {
    await parcels.close();
  }
}

function missing(credential: string): TillError {
  return new TillError(`credential ${credential} was issued, and what is kept for it is not what the ledger names`, {
    exit: exitCodes.refused,
    reason: 'credential-missing',
    target: credential,
    next: 'ask for another grant; `till audit verify` looks at the ledger',
  });
}
