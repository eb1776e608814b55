import type { Estate } from '#estate/estate.ts';
import type { Invocation } from '#grammar/command.ts';
import type { Watcher } from '#health/watcher.ts';
import type { ExitCode } from '#text/till-error.ts';
import { estateAt, runningEstate } from './read-estate.ts';

/** `till` alone on a terminal: the first frame at once, then the estate's watcher behind it. */
export async function openConsole(invocation: Invocation): Promise<ExitCode> {
  const isSandbox = invocation.given('sandbox') && invocation.value('estate') === undefined;
  const estate = isSandbox ? await runningEstate() : await invocation.estate();
  return estate === null ? await onPrivateSandbox(invocation) : await onEstate(invocation, estate);
}

async function onEstate(invocation: Invocation, estate: Estate): Promise<ExitCode> {
  const [views, { lastPicture }] = await Promise.all([loadViews(), import('#health/last-run.ts')]);
  let watcher: Watcher | undefined;
  try {
    return await views.openConsole({
      ...terminal(invocation, views),
      // Loaded behind the first frame: what it brings would keep the screen black for as long.
      watcher: async () => {
        watcher = await watch(invocation, estate);
        return watcher;
      },
      estate: {
        name: estate.name,
        mode: estate.mode,
        clusters: Object.keys(estate.clusters),
        tiers: Object.keys(estate.tiers),
      },
      lastPicture: await lastPicture(estate, invocation.io.env),
    });
  } finally {
    await watcher?.close();
  }
}

/** A sandbox for this console alone: it starts behind the first frame, and ends with the console. */
async function onPrivateSandbox(invocation: Invocation): Promise<ExitCode> {
  const views = await loadViews();
  const listeners = new Set<(words: string) => void>();
  let sandbox: { close(): Promise<void> } | undefined;
  let watcher: Watcher | undefined;
  const leaving = new AbortController();
  let starting: Promise<Watcher> | undefined;
  const start = async (): Promise<Watcher> => {
    const { startPrivateSandbox } = await import('#sandbox/private.ts');
    const started = await startPrivateSandbox({
      signal: leaving.signal,
      progress: (words) => {
        for (const listener of listeners) {
          listener(words);
        }
      },
    });
    sandbox = started;
    watcher = await watch(invocation, await estateAt(started.estatePath));
    return watcher;
  };
  try {
    return await views.openConsole({
      ...terminal(invocation, views),
      watcher: () => {
        starting = start();
        return starting;
      },
      estate: { name: 'sandbox', mode: null, clusters: ['sandbox'], tiers: ['critical', 'standard', 'basic'] },
      progress: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
  } finally {
    leaving.abort();
    await starting?.catch(() => undefined);
    if (sandbox !== undefined) {
      invocation.io.err('ending the sandbox …\n');
    }
    await watcher?.close();
    await sandbox?.close();
  }
}

async function watch({ io }: Invocation, estate: Estate): Promise<Watcher> {
  const [{ openWatcher }, { marksOf }] = await Promise.all([import('#health/watch.ts'), import('#actions/marks.ts')]);
  return await openWatcher({ estate, clock: io.clock, env: io.env, marks: marksOf(estate, io.clock, io.env) });
}

async function loadViews() {
  const [{ openConsole: open }, { openPreferences }] = await Promise.all([
    import('#views/console.ts'),
    import('#views/preferences.ts'),
  ]);
  return { openConsole: open, openPreferences };
}

function terminal({ io, given }: Invocation, { openPreferences }: Awaited<ReturnType<typeof loadViews>>) {
  const env = given('no-color') ? { ...io.env, NO_COLOR: '1' } : io.env;
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    clock: io.clock,
    preferences: openPreferences(io.env),
    env,
  };
}
