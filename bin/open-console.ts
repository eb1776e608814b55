import { setFlagsFromString } from 'node:v8';
import { actions } from '#actions/definitions/index.ts';
import type { OpenDesk } from '#actions/desk/open.ts';
import type { Estate } from '#estate/estate.ts';
import type { Invocation } from '#grammar/command.ts';
import type { Watcher } from '#health/watcher.ts';
import { type ExitCode, exitCodes, TillError } from '#text/till-error.ts';
import { estateAt, runningEstate } from './read-estate.ts';

/** `till` alone on a terminal: the first frame at once, then the estate's watcher behind it. */
export async function openConsole(invocation: Invocation): Promise<ExitCode> {
  keepSmall();
  const isSandbox = invocation.given('sandbox') && invocation.value('estate') === undefined;
  const estate = isSandbox ? await runningEstate() : await invocation.estate();
  return estate === null ? await onPrivateSandbox(invocation) : await onEstate(invocation, estate);
}

/**
 * V8 lets the space of new objects grow to 3 × 16 MiB and never gives it back: at 10,000 pods a console that is left open
 * takes 280 MiB with that and 140 MiB without, at the same pace. A command is over before it matters.
 */
function keepSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

async function onEstate(invocation: Invocation, estate: Estate): Promise<ExitCode> {
  const [views, { lastPicture }] = await Promise.all([loadViews(), import('#health/last-run.ts')]);
  let watcher: Watcher | undefined;
  let desk: OpenDesk | undefined;
  try {
    return await views.openConsole({
      ...terminal(invocation, views),
      desk: async () => {
        desk = await deskOf(invocation, estate, watcher);
        return desk;
      },
      // Loaded behind the first frame: what it brings would keep the screen black for as long.
      watcher: async () => {
        watcher = await watch(invocation, estate);
        return watcher;
      },
      estate: {
        name: estate.name,
        mode: estate.mode,
        isOpened: invocation.given('write'),
        clusters: Object.keys(estate.clusters),
        tiers: Object.keys(estate.tiers),
      },
      lastPicture: await lastPicture(estate, invocation.io.env),
    });
  } finally {
    await desk?.close();
    await watcher?.close();
  }
}

/** A sandbox for this console alone: it starts behind the first frame, and ends with the console. */
async function onPrivateSandbox(invocation: Invocation): Promise<ExitCode> {
  const views = await loadViews();
  const listeners = new Set<(words: string) => void>();
  let sandbox: { close(): Promise<void> } | undefined;
  let watcher: Watcher | undefined;
  let desk: OpenDesk | undefined;
  let estate: Estate | undefined;
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
    estate = await estateAt(started.estatePath);
    watcher = await watch(invocation, estate);
    return watcher;
  };
  try {
    return await views.openConsole({
      ...terminal(invocation, views),
      desk: async () => {
        desk = await deskOf(invocation, estate, watcher);
        return desk;
      },
      watcher: () => {
        starting = start();
        return starting;
      },
      estate: {
        name: 'sandbox',
        mode: null,
        isOpened: invocation.given('write'),
        clusters: ['sandbox'],
        tiers: ['critical', 'standard', 'basic'],
      },
      progress: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
  } finally {
    leaving.abort();
    await starting?.catch(() => undefined);
    await desk?.close();
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

/** Opened behind the watcher, which knows the tenants that can be acted on. */
async function deskOf({ io, given }: Invocation, estate?: Estate, watcher?: Watcher): Promise<OpenDesk> {
  if (estate === undefined || watcher === undefined) {
    throw new TillError('nothing can be done before the estate is read', {
      exit: exitCodes.failed,
      reason: 'desk-too-early',
    });
  }
  const { openDesk } = await import('#actions/desk/open.ts');
  return openDesk({ estate, clock: io.clock, env: io.env, watcher, write: given('write') });
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
    actions,
    stdin: process.stdin,
    stdout: process.stdout,
    clock: io.clock,
    preferences: openPreferences(io.env),
    env,
  };
}
