import { ask, removeSocket } from './control.ts';
import { readState, removeState, type SandboxStatus } from './state.ts';

/** The sandbox of a folder, asked and alive. What one that was killed has left behind is cleared away. */
export async function findRunning(folder: string): Promise<SandboxStatus | null> {
  const state = await readState(folder);
  if (state === null) {
    return null;
  }
  const answer = await ask(state.control, { word: 'status' });
  if (answer === null) {
    await removeSocket(state.control);
    await removeState(folder);
    return null;
  }
  return answer.value as SandboxStatus;
}
