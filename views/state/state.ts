import type { AccessForm } from '#actions/desk/access-form.ts';
import type { AccessDeed, GrantStory } from '#actions/desk/access-port.ts';
import type { BackupsView } from '#actions/desk/backups-port.ts';
import type { ActionFacts, ActionShape, Planned, Standing } from '#actions/desk/port.ts';
import type { Picture, TenantDetail } from '#health/watcher.ts';
import type { Grant } from '#ledger/access/grant.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import type { Theme } from '#themes/index.ts';
import type { EditLine } from '../components/edit-line.ts';
import type { BackupScreen, BackupsScreen, DrillsScreen, TenantBackupsScreen } from './backup-screens.ts';

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

/** What an action would do, and the question whether it shall. It pins the plan: a refresh never changes what is agreed to. */
export interface PlanScreen {
  readonly kind: 'plan';
  /** Tells this question from every other one, so that an answer that comes late goes nowhere. */
  readonly id: number;
  /** The line that asked for it, to go on with when it could not be planned; null for a key or an undo. */
  readonly line: string | null;
  readonly title: string;
  /** `checking`: the plan is there to be read, and the API server is asked before anybody can agree to it. */
  readonly stage: 'planning' | 'checking' | 'asking' | 'beginning';
  readonly planned: Planned | null;
  /** When it was first on the screen, on the clock's monotonic scale; null before that. */
  readonly paintedAt: number | null;
  readonly reason: EditLine;
  readonly typed: EditLine;
  readonly field: 'reason' | 'answer';
  readonly top: number;
}

/** What runs and what ran lately. */
export interface OperationsScreen {
  readonly kind: 'operations';
  readonly cursor: string | null;
  readonly place: number;
  readonly top: number;
}

/** Entries of the ledger, newest first: all of them, or those of one operation. */
export interface LedgerScreen {
  readonly kind: 'ledger';
  readonly operation: string | null;
  /** null while they are being read. */
  readonly entries: readonly LedgerEntry[] | null;
  readonly failure: string | null;
  readonly filter: string;
  readonly cursor: string | null;
  readonly place: number;
  readonly top: number;
}

/** One entry, whole. */
export interface EntryScreen {
  readonly kind: 'entry';
  readonly entry: LedgerEntry;
  readonly top: number;
}

/** Requests and grants: what waits for me, what is open, what has ended lately. */
export interface AccessScreen {
  readonly kind: 'access';
  readonly cursor: string | null;
  readonly place: number;
  readonly top: number;
}

/** One grant, whole. */
export interface GrantScreen {
  readonly kind: 'grant';
  readonly grant: string;
  /** null while the ledger is being read. */
  readonly story: GrantStory | null;
  readonly failure: string | null;
  readonly top: number;
}

/** A request being typed. */
export interface FormScreen {
  readonly kind: 'form';
  readonly id: number;
  readonly purpose: 'request' | 'break-glass' | 'extend';
  /** The grant that is to be extended. */
  readonly grant: Grant | null;
  readonly fields: Readonly<Record<keyof AccessForm, EditLine>>;
  readonly field: keyof AccessForm;
  /** `weighing`: the policy is asked what it demands for it. */
  readonly stage: 'typing' | 'weighing';
}

/** What would be said about a grant, and the question whether it shall. It pins the grant as it was shown. */
export interface DeedScreen {
  readonly kind: 'deed';
  readonly id: number;
  readonly deed: AccessDeed;
  readonly story: GrantStory | null;
  /** What was typed to ask for it, to go back to when it is refused; null when no form was. */
  readonly form: FormScreen | null;
  /** `reading`: the plan that the grant is for is being looked for. */
  readonly stage: 'reading' | 'asking' | 'doing';
  readonly paintedAt: number | null;
  /** The reason, comment or note. */
  readonly said: EditLine;
  readonly typed: EditLine;
  readonly field: 'said' | 'answer';
  readonly top: number;
}

export type UpperScreen =
  | TenantScreen
  | BackupsScreen
  | TenantBackupsScreen
  | BackupScreen
  | DrillsScreen
  | HelpScreen
  | PlanScreen
  | OperationsScreen
  | LedgerScreen
  | EntryScreen
  | AccessScreen
  | GrantScreen
  | FormScreen
  | DeedScreen;
export type Screen = TenantsScreen | UpperScreen;
/** A screen that lies over another one and has all the keys. */
type OverScreen = HelpScreen | PlanScreen | FormScreen | DeedScreen;
/** A screen that has keys of its own and that help can be about. */
export type KeyedScreen = Exclude<Screen, OverScreen>;

/** What may be done, and what is being done. */
export interface ActingState {
  readonly actions: readonly ActionFacts[];
  /** What actions take, of those that were asked about. */
  readonly shapes: ReadonlyMap<string, ActionShape>;
  /** null until the ledger was read. */
  readonly standing: Standing | null;
}

/** A line being typed at the bottom. */
export interface Input {
  readonly purpose: 'filter' | 'palette' | 'ledger-filter';
  readonly line: EditLine;
  /** Place in the history while going through it; -1 for what is being typed. */
  readonly recalled: number;
}

export interface Flash {
  readonly text: string;
  readonly tone: FlashTone;
}

export type FlashTone = 'said' | 'refused' | 'good' | 'bad';

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
  readonly above: readonly UpperScreen[];
  readonly acting: ActingState;
  /** null until the desk is there. */
  readonly backups: BackupsView | null;
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
  /** `--write` was given: this console may act even where the estate is READ-ONLY. */
  readonly isOpened?: boolean;
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

/** The screen that help is about, or that lies under a question. */
export function screenBelow(state: ConsoleState): KeyedScreen {
  return state.above.findLast((screen) => !liesOver(screen)) ?? state.tenants;
}

const over: readonly Screen['kind'][] = ['help', 'plan', 'form', 'deed'];

/** Nothing below it takes a key. */
export function liesOver(screen: Screen): screen is OverScreen {
  return over.includes(screen.kind);
}

/** The plan that is on top. */
export function openPlan({ above }: ConsoleState): PlanScreen | undefined {
  const top = above.at(-1);
  return top?.kind === 'plan' ? top : undefined;
}

/** The question that is on top, about a plan or about a grant. */
export function openQuestion({ above }: ConsoleState): PlanScreen | DeedScreen | undefined {
  const top = above.at(-1);
  return top?.kind === 'plan' || top?.kind === 'deed' ? top : undefined;
}

/** Tells the question on top from every other one; null when there is none. */
export function questionOnTop(state: ConsoleState): string | null {
  const question = openQuestion(state);
  return question === undefined ? null : `${question.kind} ${question.id}`;
}

/** The same screens with another one on top. */
export function withTop<Top extends UpperScreen>(state: ConsoleState, top: Top): ConsoleState {
  return { ...state, above: [...state.above.slice(0, -1), top] };
}

/** The screens below every question, with another one on top of them. */
export function withQuestion(state: ConsoleState, top: UpperScreen): ConsoleState {
  return { ...state, input: null, above: [...state.above.filter((one) => !liesOver(one)), top] };
}

export function withoutQuestion(state: ConsoleState): ConsoleState {
  return { ...state, above: state.above.filter((one) => !liesOver(one)) };
}
