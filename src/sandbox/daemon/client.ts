import { exitCodes, TillError } from '#text/till-error.ts';
import { sandboxFolder } from '../folder.ts';
import { ask, type Request } from './control.ts';
import { findRunning } from './running.ts';
import type { SandboxStatus } from './state.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The sandbox that is up, or the error that says how to start one. */
export async function theSandbox(env: Environment): Promise<SandboxStatus> {
  const running = await findRunning(sandboxFolder(env));
  if (running === null) {
    throw new TillError('no sandbox is up', {
      exit: exitCodes.unreachable,
      reason: 'no-sandbox',
      target: sandboxFolder(env),
      next: '`till sandbox up --detach` starts one',
    });
  }
  return running;
}

/** Begins a scenario, or ends it with `off`. Returns the tenants concerned. */
export async function rehearse(
  env: Environment,
  scenario: { readonly name: string; readonly tenant: string | null; readonly off: boolean },
): Promise<readonly string[]> {
  const { state } = await theSandbox(env);
  return (await tell(state.control, { word: 'scenario', ...scenario })) as readonly string[];
}

/** Ends every scenario and puts back what the cluster held at first. */
export async function resetSandbox(env: Environment): Promise<void> {
  const { state } = await theSandbox(env);
  await tell(state.control, { word: 'reset' });
}

const checkEvery = 100;

/** Ends it and waits until nothing of it is left. False when none was up. */
export async function endSandbox(env: Environment): Promise<boolean> {
  const running = await findRunning(sandboxFolder(env));
  if (running === null) {
    return false;
  }
  await ask(running.state.control, { word: 'down' });
  while (isAlive(running.state.pid)) {
    await new Promise((resolve) => setTimeout(resolve, checkEvery));
  }
  return true;
}

async function tell(control: string, request: Request): Promise<unknown> {
  const answer = await ask(control, request);
  if (answer === null) {
    throw new TillError('the sandbox ended before it answered', {
      exit: exitCodes.unreachable,
      reason: 'no-sandbox',
    });
  }
  return answer.value;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
