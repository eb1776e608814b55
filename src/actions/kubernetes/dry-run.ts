import type { DryRunWorld } from '../action.ts';
import type { Plan } from '../plan.ts';

export interface Asked {
  readonly cluster: string;
  readonly path: string;
  readonly body: object;
  readonly method?: 'PATCH' | 'POST' | 'DELETE';
  readonly contentType?: string;
}

/** What the API server would say to all of them: the first no counts. */
export async function checkedByServer(
  asked: readonly Asked[],
  world: DryRunWorld,
): Promise<NonNullable<Plan['serverChecked']>> {
  for (const { cluster, path, body, method = 'PATCH', contentType } of asked) {
    const runner = await world.dryRunner(cluster);
    const { answer } = await runner.dryRun(method, path, body, contentType);
    if (answer !== 'ok') {
      return answer;
    }
  }
  return 'ok';
}
