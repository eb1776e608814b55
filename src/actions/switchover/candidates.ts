import { size } from '#text/size.ts';
import type { Member, Topology } from './manager.ts';
import type { ServerWord } from './server-word.ts';

export interface Candidate {
  readonly name: string;
  /** Why it may not take over now; empty: it may. */
  readonly against: readonly string[];
  readonly isSynchronous: boolean;
  readonly lagBytes: number | null;
  /** For a person: how it follows. */
  readonly words: string;
}

/** The same list that Patroni goes through before it says yes, and what the primary itself says of them (§1.7, §0.2). */
export function candidatesOf(topology: Topology, server: ServerWord | null): readonly Candidate[] {
  return topology.members
    .filter(({ isLeader, name }) => !isLeader && name !== topology.leader)
    .map((member) => candidate(member, topology, server));
}

/** The one that till would take: a synchronous one before others, then one that has all of the bytes, then by name. */
export function bestOf(candidates: readonly Candidate[]): Candidate | null {
  const able = candidates.filter(({ against }) => against.length === 0);
  const [best] = able.toSorted(
    (a, b) =>
      Number(b.isSynchronous) - Number(a.isSynchronous) ||
      Number(isBehind(a)) - Number(isBehind(b)) ||
      (a.name < b.name ? -1 : 1),
  );
  return best ?? null;
}

/** A standby of a server in trade is always some bytes behind; which one is ahead changes from one look to the next. */
const muchBytes = 16 * 1024 * 1024;

function isBehind({ lagBytes }: Candidate): boolean {
  return (lagBytes ?? 0) > muchBytes;
}

function candidate(member: Member, topology: Topology, server: ServerWord | null): Candidate {
  const follower = server?.followers?.get(member.name);
  const knowsFollowers = server !== null && !server.isStandby && server.followers !== null;
  const isSynchronous = member.isSynchronous || follower?.syncState === 'sync' || follower?.syncState === 'quorum';
  // The primary's own word in bytes, before the manager's, which is as old as its last loop.
  const lagBytes = follower?.lagBytes ?? member.lagBytes;
  const { maximumLagBytes, timeline } = topology;
  const against = [
    ...(member.barred === null ? [] : [member.barred]),
    ...(member.isRunning ? [] : [`it is ${member.state}`]),
    ...(member.isReplayPaused ? ['its replay is paused (`SELECT pg_wal_replay_resume()` there)'] : []),
    ...(knowsFollowers && follower === undefined ? ['the primary has no standby of that name connected'] : []),
    ...(follower !== undefined && follower.state !== 'streaming' ? [`the primary calls it ${follower.state}`] : []),
    ...(member.timeline !== null && timeline !== null && member.timeline !== timeline
      ? [`it is on timeline ${member.timeline}, and the leader on ${timeline}`]
      : []),
    ...(maximumLagBytes !== null && lagBytes !== null && lagBytes > maximumLagBytes
      ? [`it is ${size(lagBytes)} behind, and ${size(maximumLagBytes)} are let pass`]
      : []),
    ...(lagBytes === null && !knowsFollowers ? ['nobody knows how far behind it is'] : []),
    ...(topology.isSynchronous && !isSynchronous ? ['it is not synchronous, and only a synchronous one may'] : []),
  ];
  return { name: member.name, against, isSynchronous, lagBytes, words: wordsOf(member, { isSynchronous, lagBytes }) };
}

function wordsOf({ state, note }: Member, { isSynchronous, lagBytes }: Pick<Candidate, 'isSynchronous' | 'lagBytes'>) {
  const lag = lagBytes === null ? 'lag unknown' : `${lagBytes} bytes behind`;
  const kind = isSynchronous ? 'synchronous' : 'asynchronous';
  return `${state}, ${kind}, ${lag}${note === null ? '' : `; ${note}`}`;
}
