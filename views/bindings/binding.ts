import type { Theme } from '#themes/index.ts';
import type { ConsoleState } from '../state/state.ts';

/** What a key or a word of the palette may do. */
export interface Hands {
  state(): ConsoleState;
  /** Replaces the state; the screen follows at once. */
  set(state: ConsoleState): void;
  /** Says one line at the bottom until the next key. */
  say(text: string, tone?: 'said' | 'refused'): void;
  openTenant(name: string): void;
  setTheme(theme: Theme): void;
  /** To the shell and back (Ctrl+Z). */
  suspend(): void;
  /** Draws everything anew (Ctrl+L). */
  redraw(): void;
  quit(): void;
}

/**
 * A key of a screen. The footer, the help and what happens all come from this one record; one that cannot run stays
 * visible and says why (facts: kubernetes.md §7.1).
 */
export interface Binding {
  /** kebab-case, stable. */
  readonly id: string;
  /** Names as the keyboard gives them; the first is the one shown. */
  readonly keys: readonly string[];
  /** What it does, as a sentence without a full stop. */
  readonly title: string;
  /** A word or two for the footer; left out of it when absent. */
  readonly hint?: string;
  readonly where: 'tenants' | 'tenant' | 'everywhere';
  disabledReason?(state: ConsoleState): string | null;
  run(hands: Hands): void;
}

/** Names of keys as people say them. */
export function keyName(key: string): string {
  return (
    names[key] ??
    key.replace(/^ctrl\+(.)$/u, (_, letter: string) => `Ctrl+${letter.toUpperCase()}`).replace(/^f(?=\d)/u, 'F')
  );
}

const names: Readonly<Record<string, string>> = {
  enter: 'Enter',
  esc: 'Esc',
  space: 'Space',
  tab: 'Tab',
  'shift+tab': 'Shift+Tab',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  home: 'Home',
  end: 'End',
  pageup: 'PgUp',
  pagedown: 'PgDn',
};
