import type { AccessForm } from '#actions/desk/access-form.ts';
import type { AccessDeed } from '#actions/desk/access-port.ts';
import type { ActionFacts } from '#actions/desk/port.ts';
import type { Grant } from '#ledger/access/grant.ts';
import type { Theme } from '#themes/index.ts';
import type { ConsoleState, FlashTone, FormScreen, KeyedScreen } from '../state/state.ts';

/** What a key or a word of the palette may do. */
export interface Hands {
  state(): ConsoleState;
  /** Replaces the state; the screen follows at once. */
  set(state: ConsoleState): void;
  /** Says one line at the bottom until the next key. */
  say(text: string, tone?: FlashTone): void;
  openTenant(name: string): void;
  setTheme(theme: Theme): void;
  /** What leads to an action, or follows one. */
  readonly acting: ActingHands;
  /** What leads to a grant, decides about one, or takes one away. */
  readonly access: AccessHands;
  /** To the shell and back (Ctrl+Z). */
  suspend(): void;
  /** Draws everything anew (Ctrl+L). */
  redraw(): void;
  quit(): void;
}

/** Each of these goes on behind the screen and changes it when it knows more. */
export interface ActingHands {
  /** A key was pressed: plans at once, or opens a line where more has to be said. */
  begin(action: ActionFacts, targets: readonly string[]): void;
  /** A line of the palette that begins with an action. */
  plan(line: string): void;
  /** What is asked on the screen is agreed to. */
  agree(): void;
  undo(operation: string): void;
  stop(operation: string): void;
  /** Opens the ledger, or what it has on one operation. */
  openLedger(operation: string | null): void;
  /** Reads the backups again, unless they were read less than so many milliseconds ago. */
  readBackups(freshMs: number): void;
  /** Fetches what an action takes, for completion. */
  need(action: string): void;
}

/** Each of these goes on behind the screen and changes it when it knows more. */
export interface AccessHands {
  /** Opens a request to be typed, with what is known of it already. */
  form(purpose: FormScreen['purpose'], given: Partial<AccessForm>, grant?: Grant): void;
  /** The same from a line as on the command line: `request --for 30m …`, `break-glass …`. */
  line(line: string): void;
  /** The form is filled: asks the policy what it takes, then whether it shall be asked for. */
  submit(): void;
  /** Asks whether a deed shall be done; `said` is what was given with it already. */
  ask(deed: AccessDeed, said?: string): void;
  /** What is asked on the screen is agreed to. */
  agree(deed: AccessDeed): void;
  openGrant(grant: string): void;
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
  readonly where: KeyedScreen['kind'] | 'everywhere';
  /**
   * An action's hint gives way to the ways around the console where there is no room for all. A `way` is one of these that is
   * not everywhere.
   */
  readonly kind?: 'action' | 'way';
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
