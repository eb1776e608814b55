import { accountName, estateLabel, grantLabel, loginName, redisName } from '#estate/enforcement/names.ts';
import { postgresRolesOf, rolesOf } from '#estate/enforcement/powers.ts';
import type { Credential, Grant } from '#ledger/access/grant.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import { clean } from '#text/clean.ts';
import { asDuty, type DutyEnd, type TakeStep } from './duty.ts';
import type { MintingWorld } from './world.ts';

/** Credentials that nobody has seen the end of. */
export function unretired({ credentials }: Pick<Grant, 'credentials'>): readonly Credential[] {
  return credentials.filter(({ retiredAt }) => retiredAt === null);
}

/**
 * Takes away everything of a grant that is over, on every system by itself: what one cannot be told does not hold up the
 * others. First every RoleBinding of every cluster, which refuses the tokens within milliseconds, then the rest. What is recorded as
 * retired has been looked for and not found.
 */
export function end(grant: Grant, world: MintingWorld): Promise<DutyEnd> {
  const subject = { grant: grant.grant };
  const duty = {
    action: 'access-end' as const,
    subject,
    grant: grant.grant,
    reason: `grant ${grant.grant} is ${grant.status}`,
  };
  return asDuty(world.ledger, duty, world.signal, async (step) => {
    const { clusters: allClusters, postgres: allServers } = world.estate;
    const clusters = places(grant, 'kubernetes', rolesOf(grant.actions).length > 0 ? Object.keys(allClusters) : []);
    const servers = places(grant, 'postgres', postgresRolesOf(grant.actions).length > 0 ? Object.keys(allServers) : []);
    const caches = places(grant, 'redis', []);
    const faults: string[] = [];
    const tried = async (where: string, work: () => Promise<void>) => {
      try {
        await work();
      } catch (error) {
        world.signal.throwIfAborted();
        faults.push(`${where}: ${clean(error instanceof Error ? error.message : String(error))}`);
      }
    };
    for (const cluster of clusters) {
      await tried(cluster, () => unbind(grant, cluster, step, world));
    }
    for (const cluster of clusters) {
      await tried(cluster, () => endInCluster(grant, cluster, step, world));
    }
    for (const server of servers) {
      await tried(server, () => endLogin(grant, server, step, world));
    }
    for (const cache of caches) {
      await tried(cache, () => endUser(grant, cache, step, world));
    }
    if (faults.length > 0) {
      throw new Error(`not everything could be ended: ${faults.join('; ')}`);
    }
    await world.parcels.remove(grant.grant);
    return 'nothing of it is left';
  });
}

/** Where something was issued, or may have been made before it could be recorded. */
function places(grant: Grant, system: Credential['system'], all: readonly string[]): readonly string[] {
  const named = grant.credentials.filter((credential) => credential.system === system).map(({ where }) => where);
  return [...new Set([...named, ...all])];
}

function labelsOf(grant: Grant, { estate }: MintingWorld): Readonly<Record<string, string>> {
  return { [grantLabel]: grant.grant, [estateLabel]: estate.id };
}

async function unbind(grant: Grant, cluster: string, step: TakeStep, world: MintingWorld): Promise<void> {
  const minter = await world.minter(cluster);
  const found = await minter.found(labelsOf(grant, world));
  for (const object of found.filter(({ kind }) => kind === 'RoleBinding')) {
    await step(`unbind ${cluster}/${object.namespace}/${object.name}`, (operation) => minter.take(operation, object));
  }
}

async function endInCluster(grant: Grant, cluster: string, step: TakeStep, world: MintingWorld): Promise<void> {
  const minter = await world.minter(cluster);
  for (const object of await minter.found(labelsOf(grant, world))) {
    await step(`remove ${cluster}/${object.namespace}/${object.name}`, (operation) => minter.take(operation, object));
  }
  const left = await minter.found(labelsOf(grant, world));
  if (left.length > 0) {
    throw new Error(
      `${left.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`).join(', ')} is still there`,
    );
  }
  await retire(
    grant,
    'kubernetes',
    cluster,
    { seen: `no ServiceAccount or RoleBinding ${accountName(grant.grant)}` },
    world,
  );
}

async function endLogin(grant: Grant, server: string, step: TakeStep, world: MintingWorld): Promise<void> {
  const name = loginName(grant.grant);
  const isIssued = unretired(grant).some(({ system, where }) => system === 'postgres' && where === server);
  const logins = await world.logins(server);
  if (logins === null) {
    if (isIssued) {
      throw new Error('the estate names no minter there any more, and a login was issued');
    }
    return;
  }
  if (isIssued || (await logins.found()).some((login) => login.name === name)) {
    const ended = await step(`end login ${server}`, (operation) => logins.endLogin(operation, name));
    const proof = { sessionsEnded: ended.sessions, ...(ended.stays === null ? {} : { stays: ended.stays }) };
    await retire(grant, 'postgres', server, proof, world);
  }
}

async function endUser(grant: Grant, cache: string, step: TakeStep, world: MintingWorld): Promise<void> {
  const acl = await world.acl(cache);
  if (acl === null) {
    throw new Error('the estate names no minter there any more, and a user was issued');
  }
  await step(`end user ${cache}`, (operation) => acl.endUser(operation, redisName(grant.grant, world.estate.id)));
  await retire(grant, 'redis', cache, { seen: 'no such ACL user on any node' }, world);
}

async function retire(
  grant: Grant,
  system: Credential['system'],
  where: string,
  proof: JsonObject,
  { ledger, parcels }: MintingWorld,
): Promise<void> {
  const now = (await ledger.state()).grants.get(grant.grant) ?? grant;
  const own = unretired(now).filter((credential) => credential.system === system && credential.where === where);
  if (own.length === 0) {
    return;
  }
  const credentials = own.map(({ id }) => id);
  await ledger.append({ kind: 'grant', phase: 'retire', grant: grant.grant, params: { credentials, proof } });
  for (const { id } of own) {
    await parcels.remove(grant.grant, id);
  }
}
