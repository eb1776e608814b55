// The whole program, from its source: `dies.ts WORDS…` with DIES_AT, the place of the path at which it kills itself with
// -9 (DIES_HOW=hang: stays for ever; DIES_HOW=until-stopped: until it is asked to stop). A worker that it starts is this script again, with the same environment.
import childProcess from 'node:child_process';
import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';

const places = [
  'planned',
  'intent-recorded',
  'worker-started',
  'taking-over',
  'reading-again',
  'step-begun',
  'step-written',
  'verifying',
  'verified',
] as const;

const { DIES_AT: place, DIES_HOW: how, DIES_ACTION: name } = process.env;
const isWorker = process.argv[2] === '__operate';

async function reach(here: (typeof places)[number], asked?: AbortSignal): Promise<void> {
  if (here !== place) {
    return;
  }
  if (how === 'hang') {
    setInterval(() => undefined, 1_000_000);
    await new Promise(() => undefined);
  }
  if (how === 'until-stopped' && asked !== undefined) {
    await once(asked, 'abort');
    return;
  }
  process.kill(process.pid, 'SIGKILL');
}

const { spawn } = childProcess;
childProcess.spawn = ((file: string, words: readonly string[], options: object) => {
  if (!words.includes('__operate')) {
    return spawn(file, words, options);
  }
  void reach('intent-recorded');
  const child = spawn(file, words, options);
  void reach('worker-started');
  return child;
}) as typeof spawn;
syncBuiltinESMExports();

if (isWorker) {
  await reach('taking-over');
}
const { actionNamed } = await import('#actions/find-action.ts');
const action = await actionNamed(name ?? '');
const { plan, steps, verify } = action;
Object.assign(action, {
  plan: async (request: Parameters<typeof plan>[0]) => {
    const draft = await plan(request);
    await reach(isWorker ? 'reading-again' : 'planned');
    return draft;
  },
  steps: (...given: Parameters<typeof steps>) =>
    steps(...given).map((step) => ({
      ...step,
      run: async (...licensed: Parameters<typeof step.run>) => {
        await reach('step-begun', licensed[1].signal);
        const details = await step.run(...licensed);
        await reach('step-written');
        return details;
      },
    })),
  verify: async (...given: Parameters<typeof verify>) => {
    await reach('verifying');
    const verdict = await verify(...given);
    await reach('verified');
    return verdict;
  },
} satisfies Partial<typeof action>);
await import('../../../bin/main.ts');
