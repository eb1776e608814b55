import type { DutyEnd } from '#actions/access/credentials/duty.ts';
import type { OpenMintingWorld } from '#actions/access/credentials/open-world.ts';
import type { Estate } from '#estate/estate.ts';

export interface AgentWorld extends OpenMintingWorld {
  readonly estate: Estate;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One thing to be done now. It is not begun again while it runs, and waits longer each time that it fails. */
export interface AgentTask {
  readonly subject: string;
  /** A sentence on what was done; null when there was nothing to tell. Throws when it is to be tried again. */
  run(): Promise<string | null>;
}

/** What the agent looks after, one file each in src/agent/duties. Looking only reads. */
export interface AgentDuty {
  readonly name: string;
  readonly everyMs: number;
  due(world: AgentWorld): Promise<readonly AgentTask[]>;
}

/** The end of an operation as a task tells it: what did not go well is tried again. */
export function told(end: DutyEnd): string | null {
  switch (end.status) {
    case 'ok':
      return end.message;
    case 'refused':
      return end.refusal.message;
    default:
      throw new Error(end.message);
  }
}
