import type { OpenOperation } from '#ledger/state.ts';
import type { ActContext } from '../context.ts';
import { licence } from '../licence.ts';
import { type JobLook, jobPath } from './job-eyes.ts';

export function jobInWords({ state, words }: JobLook): string {
  const how = { absent: 'its Job is gone', complete: 'its Job has ended', failed: 'its Job has failed' } as const;
  const said = state in how ? how[state as keyof typeof how] : 'its Job did not begin';
  return words === null || words === '' ? said : `${said}: ${words}`;
}

/** Takes away a Job whose operation was ended before it began. One that stays finds nothing to do, so nothing is lost when it cannot be removed. */
export async function removeJob(
  { operation, action }: Pick<OpenOperation, 'operation' | 'action'>,
  { uid, resourceVersion }: JobLook,
  context: Pick<ActContext, 'clusterWriter' | 'estate'>,
): Promise<boolean> {
  const executor = context.estate.backups?.executor;
  if (executor === undefined || uid === null || resourceVersion === null) {
    return false;
  }
  const target = { path: jobPath(executor, operation), uid, resourceVersion };
  try {
    const writer = await context.clusterWriter(executor.cluster);
    await writer.remove(licence(operation, action), target, 'Background');
    return true;
  } catch {
    return false;
  }
}
