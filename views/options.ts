import type { ActionFacts, Desk } from '#actions/desk/port.ts';
import type { Picture, Watcher } from '#health/watcher.ts';
import type { Clock } from '#text/clock.ts';
import type { Preferences } from './preferences.ts';
import type { EstateLine } from './state/state.ts';

export interface ConsoleOptions {
  /**
   * What is looked at. A function is called after the first frame is on the screen: give one where making the watcher loads
   * anything heavy. The caller closes it. When it fails, the console ends with that error.
   */
  readonly watcher: Watcher | Promise<Watcher> | (() => Watcher | Promise<Watcher>);
  /** What is known before the first picture. */
  readonly estate: EstateLine;
  /** The last session's picture: shown with its age until there is a newer one. */
  readonly lastPicture?: Picture | null;
  /** What can be done, for keys and palette; nothing when left out. */
  readonly actions?: readonly ActionFacts[];
  /** What does it. Called once the watcher is there, because a plan needs what it has found; the caller closes it. */
  readonly desk?: () => Desk | Promise<Desk>;
  /** Words for what happens before the watcher is there; returns the way to stop listening. */
  readonly progress?: (listener: (words: string) => void) => () => void;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly clock: Clock;
  readonly preferences: Preferences;
  readonly env: Readonly<Record<string, string | undefined>>;
}
