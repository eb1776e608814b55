import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '#text/clock.ts';
import type { AgentDuty, AgentTask, AgentWorld } from './duty.ts';

export interface RoundsOptions {
  readonly duties: readonly AgentDuty[];
  readonly world: AgentWorld;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Between two looks. */
  readonly tickMs: number;
  readonly log: (event: AgentEvent) => void;
  /** After each look, well or not: the health endpoint's sign of life. */
  readonly onRound: () => void;
}

export interface AgentEvent {
  readonly event: string;
  readonly duty?: string;
  readonly subject?: string;
  readonly message?: string;
}

const firstWaitMs = 1_000;
const longestWaitMs = 60_000;

interface Trouble {
  readonly failures: number;
  readonly until: number;
}

/** Looks after its duties until told to stop, and returns when what was begun has come to an end. */
export async function makeRounds({ duties, world, clock, signal, tickMs, log, onRound }: RoundsOptions): Promise<void> {
  const lookedAt = new Map<string, number>();
  const running = new Map<string, Promise<void>>();
  const troubles = new Map<string, Trouble>();

  const troubled = (key: string, duty: string, error: unknown, subject?: string) => {
    const failures = (troubles.get(key)?.failures ?? 0) + 1;
    const waitMs = Math.min(firstWaitMs * 2 ** (failures - 1), longestWaitMs);
    troubles.set(key, { failures, until: clock.monotonic() + waitMs });
    const message = `${error instanceof Error ? error.message : String(error)} (try ${failures}; again in ${Math.round(waitMs / 1000)} s)`;
    log({ event: 'failed', duty, ...(subject === undefined ? {} : { subject }), message });
  };

  const run = async (duty: AgentDuty, task: AgentTask, key: string) => {
    try {
      const message = await task.run();
      troubles.delete(key);
      if (message !== null) {
        log({ event: 'done', duty: duty.name, subject: task.subject, message });
      }
    } catch (error) {
      if (!signal.aborted) {
        troubled(key, duty.name, error, task.subject);
      }
    } finally {
      running.delete(key);
    }
  };

  const look = async (duty: AgentDuty) => {
    const isDue = clock.monotonic() - (lookedAt.get(duty.name) ?? Number.NEGATIVE_INFINITY) >= duty.everyMs;
    if (!isDue || clock.monotonic() < (troubles.get(duty.name)?.until ?? 0)) {
      return;
    }
    try {
      for (const task of await duty.due(world)) {
        const key = `${duty.name}/${task.subject}`;
        if (!signal.aborted && !running.has(key) && clock.monotonic() >= (troubles.get(key)?.until ?? 0)) {
          running.set(key, run(duty, task, key));
        }
      }
      lookedAt.set(duty.name, clock.monotonic());
      troubles.delete(duty.name);
    } catch (error) {
      troubled(duty.name, duty.name, error);
    }
  };

  while (!signal.aborted) {
    for (const duty of duties) {
      await look(duty);
    }
    onRound();
    await pause(tickMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(running.values());
}
