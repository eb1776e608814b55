import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What a person chose once and keeps: in `preferences.json` of till's own folder under the XDG config folder. */
export interface Preferences {
  readonly theme: string | null;
  readonly history: readonly string[];
  save(change: { readonly theme?: string; readonly history?: readonly string[] }): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const fileName = 'preferences';

/** Read plainly, because `conf` costs 54 ms to load (facts: terminal.md §2.3); it loads when something is kept. */
export function openPreferences(environment: Environment): Preferences {
  const folder = join(environment['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'till');
  const { theme, history } = read(join(folder, `${fileName}.json`));
  return {
    theme: typeof theme === 'string' ? theme : null,
    history: Array.isArray(history) ? history.filter((line) => typeof line === 'string') : [],
    async save(change) {
      const { default: Conf } = await import('conf');
      new Conf({ cwd: folder, configName: fileName, configFileMode: 0o600, clearInvalidConfig: true }).set({
        ...change,
      });
    },
  };
}

function read(path: string): { readonly theme?: unknown; readonly history?: unknown } {
  try {
    const kept: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof kept === 'object' && kept !== null ? kept : {};
  } catch {
    // None yet, or not ours to read: the defaults are as good.
    return {};
  }
}
