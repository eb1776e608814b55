import type { Estate } from '#estate/estate.ts';
import type { Invocation } from '#grammar/command.ts';
import type { Watcher } from '#health/watcher.ts';
import type { ExitCode } from '#text/till-error.ts';

/** `till` alone on a terminal: the first frame at once, then the estate's watcher behind it. */
export async function openConsole(invocation: Invocation): Promise<ExitCode> {
  const { clock, env } = invocation.io;
  const [estate, { openConsole: open }, { openPreferences }, { lastPicture }] = await Promise.all([
    invocation.estate(),
    import('#views/console.tsx'),
    import('#views/preferences.ts'),
    import('#health/last-run.ts'),
  ]);
  let watcher: Watcher | undefined;
  try {
    return await open({
      // Loaded behind the first frame: what it brings would keep the screen black for as long.
      watcher: async () => {
        watcher = await (await import('#health/watch.ts')).openWatcher({ estate, clock, env });
        return watcher;
      },
      estate: lineOf(estate),
      lastPicture: await lastPicture(estate, env),
      stdin: process.stdin,
      stdout: process.stdout,
      clock,
      preferences: openPreferences(env),
      env,
    });
  } finally {
    await watcher?.close();
  }
}

function lineOf(estate: Estate) {
  return {
    name: estate.name,
    mode: estate.mode,
    clusters: Object.keys(estate.clusters),
    tiers: Object.keys(estate.tiers),
  };
}
