import { hash, randomBytes } from 'node:crypto';
import { usualEnforcement } from '#estate/enforcement/manifest.ts';
import {
  accountName,
  bindingName,
  estateLabel,
  grantLabel,
  loginName,
  requesterAnnotation,
  roleName,
} from '#estate/enforcement/names.ts';
import { type Credential, type Grant, statusAt } from '#ledger/access/grant.ts';
import type { Refusal } from '#ledger/ledger.ts';
import type { LedgerState } from '#ledger/state.ts';
import type { GrantPlace } from '#systems/kubernetes/minter.ts';
import type { Operation } from '#systems/operation.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { asDuty, type DutyEnd, type TakeStep } from './duty.ts';
import { residualOf, tokenFloorSeconds } from './residual.ts';
import { seal } from './seal.ts';
import { type CredentialTarget, credentialTargets } from './targets.ts';
import type { MintingWorld } from './world.ts';

/** What is handed to the subject, sealed. */
export type Handed =
  | { readonly system: 'kubernetes'; readonly namespace: string; readonly token: string }
  | { readonly system: 'postgres' | 'redis'; readonly user: string; readonly password: string };

/** Credentials that an active grant still lacks, and those that follow on one that is over before the grant is. */
export async function lackedBy(grant: Grant, world: MintingWorld): Promise<readonly CredentialTarget[]> {
  const targets = credentialTargets(grant, await world.tenants(), world.estate);
  const now = await world.now();
  return targets.flatMap((target) => {
    const issued = grant.credentials.filter(({ id }) => id === target.id || id.startsWith(`${target.id}${follows}`));
    const last = issued.at(-1);
    if (last === undefined) {
      return [target];
    }
    return isRunningOut(last, grant, now) ? [{ ...target, id: `${target.id}${follows}${issued.length + 1}` }] : [];
  });
}

/** `kubernetes/eu/maple-toys#2`: the second token for the same place. */
const follows = '#';
/** A worker that begins now has its token for longer than it takes; no server shortens a token to less than an hour. */
const renewedBeforeMs = 30 * 60_000;
/** What a token may end before its grant only because seconds are rounded. */
const roundingMs = 5_000;

/** A token lives for a few hours at most (manifest.ts, `maxSeconds`), or for less where the API server says so. */
function isRunningOut({ system, expiresAt }: Credential, grant: Grant, now: number): boolean {
  if (system !== 'kubernetes' || expiresAt === null || grant.expiresAt === null) {
    return false;
  }
  const ends = Date.parse(expiresAt);
  return ends + roundingMs < Date.parse(grant.expiresAt) && ends - now < renewedBeforeMs;
}

/**
 * Issues what an active grant needs and has not: for this grant alone, sealed to its subject, no longer than the grant where the system can
 * say so. Each credential is recorded when it is made, so that a run that dies goes on with the next.
 */
export async function mint(grant: Grant, lacking: readonly CredentialTarget[], world: MintingWorld): Promise<DutyEnd> {
  const begunAt = await world.now();
  const subject = { grant: grant.grant };
  const duty = {
    action: 'access-mint' as const,
    subject,
    grant: grant.grant,
    reason: `grant ${grant.grant} of ${grant.subject} is active`,
    unless: (state: LedgerState) => overAlready(grant.grant, state, begunAt),
  };
  return asDuty(world.ledger, duty, world.signal, async (step) => {
    const key = await keyOf(grant, world);
    for (const target of lacking) {
      const now = (await world.ledger.state()).grants.get(grant.grant);
      if (now === undefined || statusAt(now, await world.now()) !== 'active') {
        return `the grant is over; ${target.id} was not made`;
      }
      if (!now.credentials.some(({ id }) => id === target.id)) {
        await issue(now, target, key, step, world);
      }
    }
    return `issued: ${lacking.map(({ id }) => id).join(', ')}`;
  });
}

function overAlready(id: string, state: LedgerState, now: number): Refusal | null {
  const grant = state.grants.get(id);
  const status = grant === undefined ? 'unknown' : statusAt(grant, now);
  return status === 'active'
    ? null
    : { by: `grant ${id}`, reason: 'grant-over', message: `it is ${status}`, until: null, wayOut: null };
}

/** The policy's word on whose key it is, where there is a policy; the request's own else. */
async function keyOf(grant: Grant, { ledger }: MintingWorld): Promise<string> {
  const { policy } = await ledger.state();
  const listed = policy?.body.people.find(({ name }) => name === grant.subject)?.key ?? null;
  const key = listed ?? (policy === null || grant.requester === grant.subject ? grant.key : null);
  if (key === null) {
    throw new WriteFailure(
      'refused',
      `nobody knows a key of ${grant.subject} to seal to: \`till access key\` prints it`,
    );
  }
  return key;
}

async function issue(
  grant: Grant,
  target: CredentialTarget,
  key: string,
  step: TakeStep,
  world: MintingWorld,
): Promise<void> {
  const made =
    target.system === 'kubernetes'
      ? await forKubernetes(grant, target, step, world)
      : await forPostgres(grant, target, step, world);
  const sealed = seal(key, sealedFor(world, grant.grant, target.id), Buffer.from(JSON.stringify(made.handed)));
  await world.parcels.put(grant.grant, { credential: target.id, sealed });
  const { id, system, where, tenants } = target;
  const { name, jti, expiresAt, residual, residualUntil } = made;
  const credential = {
    id,
    system,
    where,
    tenants,
    name,
    jti,
    expiresAt,
    residual,
    residualUntil,
    sealed: hash('sha256', sealed),
  };
  await world.ledger.append({
    kind: 'grant',
    phase: 'issue',
    grant: grant.grant,
    operation: made.operation,
    params: { credentials: [credential] },
  });
}

/** A box opens only where it was meant to: in this estate, for this grant, as this credential. */
export function sealedFor(
  { estate }: Pick<MintingWorld, 'estate'>,
  grant: string,
  credential: string,
): readonly string[] {
  return [estate.id, grant, credential];
}

type Made = Pick<Credential, 'name' | 'jti' | 'expiresAt' | 'residual' | 'residualUntil'> & {
  readonly handed: Handed;
  readonly operation: string;
};

async function forKubernetes(
  grant: Grant,
  { where, namespace, actions }: Extract<CredentialTarget, { system: 'kubernetes' }>,
  step: TakeStep,
  world: MintingWorld,
): Promise<Made> {
  const minter = await world.minter(where);
  const place = placeOf(grant, namespace, world);
  const now = await world.now();
  const grantEnds = grant.expiresAt ?? new Date(now).toISOString();
  const at = `${where}/${namespace}`;
  await step(`account ${at}`, (operation) => minter.makeAccount(operation, place));
  for (const action of actions) {
    const binding = { name: bindingName(grant.grant, action), role: roleName(action) };
    await step(`bind ${at} ${action}`, (operation) => minter.bind(operation, place, binding));
  }
  const { token, jti, expiresAt, operation } = await step(`token ${at}`, async (licensed: Operation) => ({
    ...(await minter.makeToken(licensed, place, secondsUntil(grantEnds, now))),
    operation: licensed.id,
  }));
  return {
    name: `${namespace}/${place.account}`,
    ...{ jti, expiresAt, operation },
    ...residualOf('kubernetes', { expiresAt, grantEnds }),
    handed: { system: 'kubernetes', namespace, token },
  };
}

export function placeOf(
  grant: Pick<Grant, 'grant' | 'subject'>,
  namespace: string,
  { estate }: Pick<MintingWorld, 'estate'>,
): GrantPlace {
  return {
    namespace,
    account: accountName(grant.grant),
    labels: { [grantLabel]: grant.grant, [estateLabel]: estate.id },
    annotations: { [requesterAnnotation]: grant.subject },
  };
}

function secondsUntil(end: string, now: number): number {
  const left = Math.ceil((Date.parse(end) - now) / 1000);
  return Math.min(Math.max(left, tokenFloorSeconds), usualEnforcement.maxSeconds);
}

async function forPostgres(
  grant: Grant,
  { where, roles }: Extract<CredentialTarget, { system: 'postgres' }>,
  step: TakeStep,
  world: MintingWorld,
): Promise<Made> {
  const logins = await world.logins(where);
  const grantEnds = grant.expiresAt;
  if (logins === null || grantEnds === null) {
    throw new WriteFailure('refused', `the estate names no minter on ${where}`);
  }
  const user = loginName(grant.grant);
  const password = randomBytes(24).toString('base64url');
  const { canForbidSetRole, operation } = await step(`login ${where}`, async (licensed) => ({
    ...(await logins.makeLogin(licensed, {
      name: user,
      password,
      validUntil: grantEnds,
      roles,
      comment: ownerComment(grant.grant, world),
    })),
    operation: licensed.id,
  }));
  return {
    ...{ name: user, jti: null, expiresAt: grantEnds, operation },
    ...residualOf('postgres', { expiresAt: grantEnds, grantEnds, canForbidSetRole }),
    handed: { system: 'postgres', user, password },
  };
}

/** By which a sweep knows a login as this estate's. */
export function ownerComment(grant: string, { estate }: Pick<MintingWorld, 'estate'>): string {
  return `till grant ${grant} of estate ${estate.id}`;
}
