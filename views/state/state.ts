import type { Picture, TenantDetail } from '#health/watcher.ts';
import type { Theme } from '#themes/index.ts';
import type { EditLine } from '../components/edit-line.ts';

export type SortColumn = 'worst' | 'name' | 'tier' | 'orders' | 'age';

export interface Sort {
  readonly column: SortColumn;
  readonly reversed: boolean;
}

export const sections = ['signals', 'workloads', 'pods', 'sessions', 'crons', 'queue'] as const;
export type Section = (typeof sections)[number];

/** The tenant table. The cursor names a tenant and not a row: a refresh must never move it onto another one. */
export interface TenantsScreen {
  readonly kind: 'tenants';
  /** null until it was moved: the worst tenant, whoever that is. */
  readonly cursor: string | null;
  /** Index of the first row shown. */
  readonly top: number;
  readonly sort: Sort;
  readonly filter: string;
  readonly marks: ReadonlySet<string>;
}

export interface TenantScreen {
  readonly kind: 'tenant';
  readonly tenant: string;
  readonly section: Section;
  /** Id of the row that the cursor is on; null until it was moved: the first row. */
  readonly cursor: string | null;
  /** Its place among the rows, for when it has gone. */
  readonly place: number;
  readonly top: number;
}

/** The keys of the screen below it, to look through and to run. */
export interface HelpScreen {
  readonly kind: 'help';
  readonly query: EditLine;
  readonly cursor: number;
  readonly top: number;
}

export type Screen = TenantsScreen | TenantScreen | HelpScreen;

/** A line being typed at the bottom. */
export interface Input {
  readonly purpose: 'filter' | 'palette';
  readonly line: EditLine;
  /** Place in the history while going through it; -1 for what is being typed. */
  readonly recalled: number;
}

export interface Flash {
  readonly text: string;
  readonly tone: 'said' | 'refused';
}

export interface ConsoleState {
  /** What was asked to open: shown before the first picture is there. */
  readonly estate: EstateLine;
  readonly picture: Picture | null;
  /** The picture is the last session's, until the watcher has something of its own. */
  readonly fromDisk: boolean;
  readonly detail: TenantDetail | null;
  /** What is being done before the watcher is there, such as starting the sandbox. */
  readonly progress: string | null;
  readonly tenants: TenantsScreen;
  /** Screens above the table, the top one last. */
  readonly above: readonly (TenantScreen | HelpScreen)[];
  readonly input: Input | null;
  readonly flash: Flash | null;
  readonly theme: Theme;
  readonly history: readonly string[];
  readonly columns: number;
  readonly rows: number;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The clock's zone, `CET`; empty on the very first frame, because asking for it takes 10 ms. */
  readonly zone: string;
}

export interface EstateLine {
  readonly name: string;
  readonly mode: Picture['estate']['mode'] | null;
  readonly clusters: readonly string[];
  /** Service classes, most demanding first, as the estate lists them. */
  readonly tiers: readonly string[];
}

/** Whatever is on top. */
export function currentScreen(state: ConsoleState): Screen {
  return state.above.at(-1) ?? state.tenants;
}

/** The tenant's screen that is open, even with help above it. */
export function openTenantScreen({ above }: ConsoleState): TenantScreen | undefined {
  return above.findLast((screen) => screen.kind === 'tenant');
}

/** The screen that help is about. */
export function screenBelow(state: ConsoleState): TenantsScreen | TenantScreen {
  return openTenantScreen(state) ?? state.tenants;
}
