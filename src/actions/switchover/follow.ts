import { setTimeout as pause } from 'node:timers/promises';
import { ReadFailure } from '#systems/source.ts';
import type { ActWorld } from '../action.ts';
import type { Manager, Topology } from './manager.ts';
import { type ServerWord, serverWordOrWhy } from './server-word.ts';

/** What was planned, and what has to be so when it is done. */
export interface Turn {
  readonly server: string;
  readonly from: string;
  readonly to: string;
  /** The timeline that ends; null where nobody could say. */
  readonly timeline: number | null;
  readonly systemIdentifier: string | null;
}

/** How far it is. Each needs the one before. */
export type Stage =
  /** The old leader still leads, and nothing moves. */
  | 'untouched'
  | 'between'
  /** By the manager's word the new one leads, on the next timeline. */
  | 'led'
  /** And the server at the estate's address says so itself. */
  | 'confirmed'
  /** And the old leader follows, by the manager's word and the new primary's. */
  | 'whole'
  /** Somebody else leads, or the timeline is a later one. */
  | 'elsewhere';

export interface Look {
  readonly stage: Stage;
  readonly words: string;
  /** How the server's own word reads; null where it was not asked. */
  readonly server: ServerWord | string | null;
}

const everyMs = 500;

/** Looks until `isEnough`, or until the time is up: the last look. Failures to read are part of it, and waited out. */
export async function follow(
  turn: Turn,
  manager: Manager,
  world: ActWorld,
  options: { readonly until: number; isEnough(look: Look): boolean },
): Promise<Look> {
  let last: Look = { stage: 'between', words: 'nothing was heard of it', server: null };
  for (;;) {
    const look = await lookOf(turn, manager, world);
    last = look ?? last;
    if (look !== null) {
      world.progress({ words: look.words });
      if (options.isEnough(look)) {
        return look;
      }
    }
    const isLate = world.clock.monotonic() + everyMs >= Math.min(options.until, world.deadline);
    if (isLate || world.signal.aborted) {
      return last;
    }
    await pause(everyMs, undefined, { signal: world.signal }).catch(() => undefined);
  }
}

async function lookOf(turn: Turn, manager: Manager, world: ActWorld): Promise<Look | null> {
  try {
    const topology = await manager.topology();
    const stage = stageOf(turn, topology);
    if (stage !== 'led') {
      return { stage, words: topology.words, server: null };
    }
    const reader = await world.postgres(turn.server);
    return confirmed(turn, topology, await serverWordOrWhy(reader));
  } catch (error) {
    if (error instanceof ReadFailure) {
      // In the middle of it a manager may be silent for a while.
      return null;
    }
    throw error;
  }
}

/** By the manager's word alone. */
export function stageOf({ from, to, timeline }: Turn, topology: Topology): Stage {
  const { leader } = topology;
  const isLater = timeline !== null && topology.timeline !== null && topology.timeline > timeline;
  if (leader === from && !isLater) {
    // The first that is seen of a switchover is that Patroni's leader has no timeline any more.
    return topology.isSettled && (timeline === null || topology.timeline === timeline) ? 'untouched' : 'between';
  }
  if (leader === to) {
    if (timeline !== null && topology.timeline !== null && topology.timeline > timeline + 1) {
      return 'elsewhere';
    }
    // `/cluster` still tells the old timeline for a moment after Patroni's `200` (facts: data-tier.md §0.7).
    return isLater || timeline === null ? 'led' : 'between';
  }
  return leader === null ? 'between' : 'elsewhere';
}

/** The manager's word held against the server's own. */
export function confirmed(turn: Turn, topology: Topology, word: ServerWord | string): Look {
  const { from, to, timeline, systemIdentifier, server: name } = turn;
  const led = (words: string): Look => ({ stage: 'led', words, server: word });
  if (typeof word === 'string') {
    return led(`${to} leads by its manager's word; the server itself could not be asked: ${word}`);
  }
  if (word.isStandby) {
    return led(`${to} leads by its manager's word; at the address of ${name} answers a standby`);
  }
  if (systemIdentifier !== null && word.systemIdentifier !== null && systemIdentifier !== word.systemIdentifier) {
    return led(`${to} leads by its manager's word; at the address of ${name} answers another PostgreSQL`);
  }
  if (timeline !== null && word.timeline !== null && word.timeline <= timeline) {
    return led(
      `${to} leads by its manager's word; the server at the address of ${name} still writes timeline ${word.timeline}`,
    );
  }
  const now = word.timeline ?? topology.timeline;
  const leads = `${to} leads on timeline ${now ?? '?'}`;
  const old = topology.members.find((member) => member.name === from);
  const follower = word.followers?.get(from);
  const isBack = old !== undefined && !old.isLeader && old.isRunning && (old.timeline === null || old.timeline === now);
  const isStreaming = word.followers === null || follower?.state === 'streaming';
  if (isBack && isStreaming && topology.isSettled) {
    return { stage: 'whole', words: `${leads}, and ${from} follows it`, server: word };
  }
  const why = old === undefined ? 'is gone' : isBack ? 'is not yet streaming' : `is ${old.state}`;
  return { stage: 'confirmed', words: `${leads}; ${from} ${why}`, server: word };
}
