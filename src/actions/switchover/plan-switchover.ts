import type { Estate, Tenant } from '#estate/estate.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { Blocker } from '#policy/refusal.ts';
import { ReadFailure } from '#systems/source.ts';
import { suggest } from '#text/suggest.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { PlanRequest } from '../action.ts';
import type { PlanDraft, PlanObject } from '../plan.ts';
import { bestOf, type Candidate, candidatesOf } from './candidates.ts';
import { type Manager, type Topology, withManager } from './manager.ts';
import { type ServerWord, serverWordOrWhy } from './server-word.ts';

export const objectKind = 'PostgreSQL';

/** A plan of a switchover before the words of whoever asks for it: the action's, or a drill's. */
export type SwitchoverDraft = Required<
  Pick<PlanDraft, 'objects' | 'changes' | 'blockers' | 'warnings' | 'tenants' | 'confirmWith' | 'expectedSeconds'>
> &
  Pick<PlanDraft, 'equivalents'> & { readonly from: string | null; readonly to: string | null };

/** Reads the manager and the server itself. Throws TillError where there is nobody who could, or no such member. */
export async function planSwitchover(
  { tenant, tenants, estate, world }: Pick<PlanRequest<JsonObject>, 'tenant' | 'tenants' | 'estate' | 'world'>,
  wanted: string | null,
): Promise<SwitchoverDraft> {
  const server = serverOf(tenant);
  return await withManager(server, world, async (manager) => {
    const [topology, word] = await Promise.all([
      topologyNow(manager, server),
      world.postgres(server).then(serverWordOrWhy),
    ]);
    const said = typeof word === 'string' ? null : word;
    const candidates = candidatesOf(topology, said);
    const chosen = wanted === null ? bestOf(candidates) : wantedOf(wanted, candidates, topology, server);
    const { leader } = topology;
    const hit = hitBy(server, tenant, tenants);
    const object = serverObject(server, tenant, topology, said);
    const label = labelOf(object);
    return {
      from: leader,
      to: chosen?.name ?? null,
      objects: [object, ...manager.objects(tenant?.name ?? '')],
      changes: [{ object: label, field: 'primary', before: leader, after: chosen?.name ?? null, owner: manager.label }],
      blockers: [
        ...topology.standstill.map((reason) => blocker(manager.label, reason)),
        ...against(server, topology, said),
        ...(chosen === null ? nobody(server, candidates) : []),
        ...(chosen?.against ?? []).map((reason) => blocker(`member ${chosen?.name ?? ''}`, reason)),
        ...ledgerHere(estate, server, topology),
      ],
      warnings: [
        `all of ${server} is hit: ${hit.length} ${hit.length === 1 ? 'tenant' : 'tenants'} (${hit.join(', ')})`,
        'for some seconds nobody writes; sessions are cut, and what they have not committed is rolled back',
        ...candidates.map(({ name, words, against: why }) =>
          why.length === 0 ? `${name} could lead: ${words}` : `${name} could not lead: ${why.join('; ')} (${words})`,
        ),
        ...(typeof word === 'string' ? [`the server itself could not be asked: ${word}`] : []),
        ...(said !== null && !said.isStandby && said.followers === null
          ? [`its own view of its standbys may not be read: GRANT pg_monitor to the login of ${server}`]
          : []),
        ...fixedAddress(estate, server, topology),
        ...topology.warnings,
      ],
      tenants: hit,
      confirmWith: server,
      equivalents: leader === null || chosen === null ? [] : manager.equivalents(leader, chosen.name),
      expectedSeconds: manager.expectedSeconds,
    };
  });
}

/** The tenant's server. Throws TillError where it has none. */
export function serverOf(tenant: Tenant | null): string {
  if (tenant?.postgres == null) {
    throw new TillError(`${tenant?.name ?? 'it'} names no PostgreSQL server, so there is nothing to switch over`, {
      exit: exitCodes.usage,
      reason: 'no-server',
      ...(tenant === null ? {} : { target: tenant.name }),
      next: 'give the tenant a `postgres` in the estate',
    });
  }
  return tenant.postgres;
}

export function labelOf({ name }: Pick<PlanObject, 'name'>): string {
  return `${objectKind} ${name}`;
}

/** The manager is not believed alone: what answers at the estate's address has to be the primary that it speaks of. */
function against(name: string, { systemIdentifier }: Topology, said: ServerWord | null): readonly Blocker[] {
  if (said === null) {
    return [];
  }
  const isOther =
    systemIdentifier !== null && said.systemIdentifier !== null && said.systemIdentifier !== systemIdentifier;
  return [
    ...(isOther
      ? [
          blocker(
            `server ${name}`,
            `at its address answers another PostgreSQL (system ${said.systemIdentifier}) than the one that would be switched over (${systemIdentifier})`,
          ),
        ]
      : []),
    ...(said.isStandby ? [blocker(`server ${name}`, 'at its address answers a standby, not the primary')] : []),
  ];
}

/** Everybody on the server feels it; the one who was named comes first. */
function hitBy(server: string, tenant: Tenant | null, tenants: readonly Tenant[]): readonly string[] {
  const names = tenants.filter(({ postgres }) => postgres === server).map(({ name }) => name);
  const named = tenant === null ? [] : [tenant.name];
  return [...named, ...names.filter((name) => !named.includes(name))];
}

/** Pinned by its system identifier and timeline: whoever switched over since has begun another. */
function serverObject(server: string, tenant: Tenant | null, topology: Topology, said: ServerWord | null): PlanObject {
  return {
    ...{ system: 'postgres', cluster: server, tenant: tenant?.name ?? null, kind: objectKind, namespace: null },
    name: server,
    uid: topology.systemIdentifier ?? said?.systemIdentifier ?? null,
    version: topology.timeline === null ? null : String(topology.timeline),
  };
}

function wantedOf(wanted: string, candidates: readonly Candidate[], { leader }: Topology, server: string): Candidate {
  const found = candidates.find(({ name }) => name === wanted);
  if (found !== undefined) {
    return found;
  }
  const names = candidates.map(({ name }) => name);
  const meant = suggest(wanted, names);
  throw new TillError(wanted === leader ? `${wanted} leads ${server} already` : `${server} has no member ${wanted}`, {
    exit: exitCodes.usage,
    reason: wanted === leader ? 'leads-already' : 'unknown-member',
    target: wanted,
    next: meant === undefined ? `it has ${[leader, ...names].filter(Boolean).join(', ')}` : `did you mean "${meant}"?`,
  });
}

function nobody(server: string, candidates: readonly Candidate[]): readonly Blocker[] {
  return [
    blocker(
      `server ${server}`,
      candidates.length === 0
        ? 'it has no standby that could take over'
        : `none of its standbys may take over: ${candidates.map(({ name, against }) => `${name}: ${against.join('; ')}`).join('. ')}`,
    ),
  ];
}

/** The ledger must not live on a server that till switches over (design §5): what is written now could not be recorded. */
function ledgerHere({ ledger, postgres }: Estate, server: string, { members }: Topology): readonly Blocker[] {
  const place = ledger?.postgres;
  const config = postgres[server];
  if (place === undefined || config === undefined) {
    return [];
  }
  const addresses = [config, ...members.flatMap(({ address }) => address ?? [])];
  return addresses.some(({ host, port }) => host === place.host && port === place.port)
    ? [blocker('the ledger', `it lies on ${server}, so that this could not be recorded while it runs`)]
    : [];
}

/** An address that is one member's own stays with it, and leads to a standby afterwards. */
function fixedAddress({ postgres }: Estate, server: string, { members }: Topology): readonly string[] {
  const config = postgres[server];
  const fixed = members.find(
    ({ address }) => config?.via === undefined && address?.host === config?.host && address?.port === config?.port,
  );
  return fixed === undefined
    ? []
    : [`the estate's address of ${server} is ${fixed.name}'s own: whoever uses it does not follow the primary`];
}

function blocker(by: string, reason: string): Blocker {
  return { by, reason, until: null, wayOut: null };
}

async function topologyNow(manager: Manager, server: string): Promise<Topology> {
  try {
    return await manager.topology();
  } catch (error) {
    if (error instanceof ReadFailure) {
      throw new TillError(`who manages ${server} could not be asked: ${error.message}`, {
        exit: error.reason === 'forbidden' ? exitCodes.refused : exitCodes.unreachable,
        reason: error.reason,
        target: server,
        cause: error,
      });
    }
    throw error;
  }
}
