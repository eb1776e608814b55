import type { PostgresServer } from '#estate/schema.ts';
import { timeOf } from '#ledger/ulid.ts';
import { openPatroni } from '#systems/patroni/open.ts';
import type { PatroniCluster, PatroniMember, PatroniNode, PatroniSettings } from '#systems/patroni/patroni.ts';
import { ReadFailure } from '#systems/source.ts';
import type { PlanWorld } from '../action.ts';
import type { Found, Manager, Member, Topology } from './manager.ts';

/** Its switchovers took 3 s until Patroni's word and 3 s more until the old leader followed (facts: data-tier.md §1.7). */
const usualSeconds = 10;
/** Patroni's own patience is up to 20 s, and a slow shutdown of the old primary goes on after it. */
const budget = 180;
/** `streaming` from 4.0 on; before, a replica that follows is `running` too. */
const runningStates = new Set(['running', 'streaming', 'in archive recovery']);
/** A request that was sent before its process died has been taken up, or refused, by then. */
const takenUpMs = 60_000;

export async function openPatroniManager(
  server: string,
  config: NonNullable<PostgresServer['patroni']>,
  world: PlanWorld,
): Promise<Manager> {
  const patroni = openPatroni({ name: server, config, secret: (reference) => world.secret(reference) });
  let scope: string | null = null;

  async function nodes(members: readonly PatroniMember[]): Promise<ReadonlyMap<string, PatroniNode | ReadFailure>> {
    return new Map(
      await Promise.all(
        members.map(
          async (member): Promise<[string, PatroniNode | ReadFailure]> => [
            member.name,
            await patroni.node(member).catch((error: unknown) => {
              if (error instanceof ReadFailure) {
                return error;
              }
              throw error;
            }),
          ],
        ),
      ),
    );
  }

  async function topology(): Promise<Topology> {
    const [cluster, settings] = await Promise.all([patroni.cluster(), patroni.settings()]);
    const said = await nodes(cluster.members);
    scope = [...said.values()].flatMap((node) => ('scope' in node ? (node.scope ?? []) : []))[0] ?? scope;
    return topologyOf(cluster, settings, said);
  }

  return {
    get label() {
      return `Patroni ${scope ?? server}`;
    },
    expectedSeconds: usualSeconds,
    budgetSeconds: () => budget,
    objects: () => [],
    equivalents: (from, to) => [
      `patronictl switchover ${scope ?? 'SCOPE'} --leader ${from} --candidate ${to}`,
      `curl -X POST ${config.urls[0] ?? ''}/switchover -H 'Content-Type: application/json' -d '${JSON.stringify({ leader: from, candidate: to })}'`,
    ],
    topology,
    switchOver: (operation, leader, candidate) => patroni.switchover(operation, { leader, candidate }),
    async find({ leader, to, timeline }, operation): Promise<Found> {
      const [cluster, turns] = await Promise.all([patroni.cluster(), patroni.history()]);
      const now = leaderOf(cluster.members);
      const turn = turns.find((one) => one.timeline === timeline);
      if (turn !== undefined) {
        // The timeline of the plan has ended since.
        return (turn.leader ?? now?.name) === to ? 'applied' : 'indeterminate';
      }
      const isUntouched = now?.name === leader && now.timeline === timeline && runningStates.has(now.state);
      const isOld = world.clock.now() - timeOf(operation) > takenUpMs;
      return isUntouched && isOld ? 'absent' : 'indeterminate';
    },
    close: () => patroni.close(),
  };
}

export function topologyOf(
  { members, isPaused, scheduled }: PatroniCluster,
  { isSynchronous, maximumLagBytes }: PatroniSettings,
  nodes: ReadonlyMap<string, PatroniNode | ReadFailure>,
): Topology {
  const leader = leaderOf(members);
  const said = [...nodes.values()].flatMap((node) => (node instanceof ReadFailure ? [] : [node]));
  const isStandbyCluster = members.some(({ role }) => role === 'standby_leader');
  const unsettled = members.filter(({ state }) => !runningStates.has(state));
  return {
    leader: leader?.name ?? null,
    timeline: leader?.timeline ?? null,
    systemIdentifier: said.find(({ systemIdentifier }) => systemIdentifier !== null)?.systemIdentifier ?? null,
    members: members.map((member) => memberOf(member, nodes.get(member.name))),
    isSynchronous,
    maximumLagBytes,
    standstill: [
      ...(isStandbyCluster ? ['it is a standby cluster: its leader only receives'] : []),
      ...(leader === null && !isStandbyCluster
        ? ['it has no leader: that is for a failover, which can lose data, and not for a switchover']
        : []),
      ...(scheduled === null
        ? []
        : [`a switchover${scheduled.to === null ? '' : ` to ${scheduled.to}`} is scheduled at ${scheduled.at}`]),
    ],
    warnings: isPaused ? ['Patroni is paused: it would not fail over by itself, should the new leader die'] : [],
    isSettled: leader !== null && unsettled.length === 0,
    words:
      unsettled.length === 0
        ? `${leader?.name ?? 'nobody'} leads on timeline ${leader?.timeline ?? '?'}`
        : unsettled.map(({ name, state }) => `${name} is ${state}`).join(', '),
  };
}

function memberOf(member: PatroniMember, node: PatroniNode | ReadFailure | undefined): Member {
  const { name, role, state, timeline, lagBytes, host, port } = member;
  return {
    ...{ name, state, timeline, lagBytes },
    isLeader: role === 'leader' || role === 'standby_leader',
    isRunning: runningStates.has(state),
    isSynchronous: role === 'sync_standby' || role === 'quorum_standby',
    barred: member.isBarred ? 'its tag `nofailover` says that it may never lead' : null,
    isReplayPaused: node !== undefined && !(node instanceof ReadFailure) && node.isReplayPaused === true,
    note: node instanceof ReadFailure ? `its own API could not be asked from here: ${node.message}` : null,
    address: host === null || port === null ? null : { host, port },
  };
}

function leaderOf(members: readonly PatroniMember[]): PatroniMember | null {
  return members.find(({ role }) => role === 'leader') ?? null;
}
