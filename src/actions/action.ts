import type { Estate, Tenant } from '#estate/estate.ts';
import type { SecretReference } from '#estate/schema.ts';
import type { Flag } from '#grammar/command.ts';
import type { TenantStatus } from '#health/status.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { Allowed } from '#policy/decide.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import type { ClusterWriter, DryRunner } from '#systems/kubernetes/writer.ts';
import type { Operation } from '#systems/operation.ts';
import type { DatabaseLogin, LoginPurpose } from '#systems/postgres/login.ts';
import type { PostgresReader } from '#systems/postgres/server.ts';
import type { PostgresWriter } from '#systems/postgres/writer.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import type { Clock } from '#text/clock.ts';
import type { Danger, Plan, PlanDraft } from './plan.ts';
import type { ProgressWord } from './progress.ts';

/**
 * One action, one definition (design: "from which come the plan, the policy decision, the record, the command, the screen
 * and the help"). One file in src/actions/definitions exports `action`; `npm run registry` lists it.
 */
export interface Action<Params extends JsonObject = JsonObject> {
  /** The command's word: `scale`, `terminate-session`. */
  readonly name: string;
  /** A few words for the palette and a dialog's title: `Scale`. */
  readonly title: string;
  readonly summary: string;
  readonly examples: readonly { readonly line: string; readonly note: string }[];
  /** The key on the console's table and tenant screen; absent: palette only. */
  readonly key?: string;
  /** The least danger; a plan may raise it (scaling down drops work). */
  readonly danger: Danger;
  /** `tenants`: chosen by the choosing flags; `estate`: none (freeze by scope, incident). */
  readonly target: 'tenants' | 'estate';
  /** Never frozen out and never refused by mode: it takes a restriction back, or only records (design §6). */
  readonly deescalates?: boolean | ((params: Params) => boolean);
  /** The environments that it is for; left out: all. Policy judges it, in the plan and again with the intent. */
  readonly allowed?: Allowed;
  /** False for what changes till's own ledger alone: freeze, thaw, incident. */
  readonly writesToSystems: boolean;
  /** Long work (backup, restore, drill): runs as a Job where the estate has an executor, else in a worker of this host. */
  readonly isLong?: true | ((params: Params) => boolean);
  /**
   * Every step may be run again under the same operation by a worker that follows one that died: it finds what lies there by the
   * operation's id, and removes or reuses it. Left out: what a dead worker left is looked for (`find`) and not done again.
   */
  readonly mayRepeat?: true;
  /** Words that stand first after the command, before the tenants: `maintenance on TENANT`. */
  readonly words?: readonly Word[];
  readonly flags: readonly Flag[];
  /** From words and flags (as typed, by name; a switch is `true`) to parameters. Throws TillError (exit 2). */
  parse(given: Readonly<Record<string, string | readonly string[] | true | undefined>>): Params;
  /** Seconds for steps and verification where `--timeout` says nothing: hours for what copies a database. 600 when left out. */
  readonly timeoutSeconds?: number;
  /**
   * Narrows the chosen tenants to those that these parameters are about: who is owed a backup (`--due`), whose proof is oldest.
   * Reads only. Left out, or null of these parameters: all of the chosen.
   */
  choose?(params: Params, tenants: readonly Tenant[], world: PlanWorld): Promise<readonly Tenant[] | null>;
  /** Whether these parameters choose by themselves when no tenant is named: `backup --due` asks of everybody. */
  choosesAll?(params: Params): boolean;
  /**
   * What a plan shares with others of a bulk, and how many of them may run at a time there, however many are chosen: a database server.
   * Left out: a few at a time, whoever they are.
   */
  lane?(plan: Plan, estate: Estate): Lane;
  /**
   * Under one idempotency key: whether these parameters ask for what `earlier` asked for, though they came out otherwise (a
   * span from now, typed again, ends later). Left out: only equal ones do.
   */
  isRetryOf?(params: Params, earlier: JsonObject): boolean;
  /** Reads only. May throw TillError where there is nothing to plan (no such workload). */
  plan(request: PlanRequest<Params>): Promise<PlanDraft>;
  /** Asks the API server what it would say, writing nothing (`--dry-run`); left out where no server has such a question. */
  dryRun?(plan: Plan, params: Params, world: DryRunWorld): Promise<NonNullable<Plan['serverChecked']>>;
  /** The steps, from the plan alone, so that a worker that starts anew does the same. */
  steps(plan: Plan, params: Params): readonly Step[];
  /** Reads the target back. Polls until it is so or the deadline; never throws for "not so". */
  verify(plan: Plan, params: Params, world: ActWorld): Promise<Verdict>;
  /** For an operation whose process died: is what the step would have written there, by its stamp? */
  find?(
    plan: Plan,
    params: Params,
    world: ActWorld,
    operation: string,
  ): Promise<'applied' | 'absent' | 'indeterminate'>;
}

export interface Lane {
  readonly name: string;
  readonly atATime: number;
}

export interface Word {
  readonly name: string;
  /** Empty: anything. */
  readonly choices: readonly string[];
  readonly summary: string;
  /** Only the last may be left out. */
  readonly optional?: boolean;
}

export interface PlanRequest<Params> {
  readonly params: Params;
  /** One for each call: a bulk plans each tenant by itself. For an `estate` action: null. */
  readonly tenant: Tenant | null;
  /** Everybody known, to say who else lives in a pool. */
  readonly tenants: readonly Tenant[];
  readonly status: TenantStatus | null;
  readonly estate: Estate;
  readonly world: PlanWorld;
}

/** The readers that a plan may use. */
export interface PlanWorld {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** Of whoever plans or acts: where programs are looked for, and what they are given. */
  readonly env: Readonly<Record<string, string | undefined>>;
  cluster(name: string): Promise<ClusterReader>;
  postgres(name: string): Promise<PostgresReader>;
  /** As the estate names it under `stores`. It writes only with an Operation. Throws ReadFailure where there is none. */
  store(name: string): Promise<ObjectStore>;
  /** For backups and restores. It writes only with an Operation. Throws ReadFailure where the estate names none. */
  login(server: string, purpose: LoginPurpose): Promise<DatabaseLogin>;
  /** What a reference of the estate stands for; never printed, recorded or handed to a child as an argument. Throws ReadFailure. */
  secret(reference: SecretReference): Promise<string>;
}

export interface DryRunWorld extends PlanWorld {
  dryRunner(cluster: string): Promise<DryRunner>;
}

/** The readers and writers of the worker. A writer is of no use without an Operation. */
export interface ActWorld extends PlanWorld {
  /** On whom the operation was planned, as it is known now; null for one on the estate, or where it is known no longer. */
  readonly tenant?: Tenant | null;
  clusterWriter(name: string): Promise<ClusterWriter>;
  postgresWriter(name: string): Promise<PostgresWriter>;
  /** Aborted by `till stop`, or when the lease was lost: end between two steps. */
  readonly signal: AbortSignal;
  /** Milliseconds of the clock's `monotonic` at which the operation's time is up. */
  readonly deadline: number;
  /** A word on how far it is: shown as a bar or a line; with `unit: 'bytes'`, with the rate and an estimate. */
  progress(event: ProgressWord): void;
}

export interface Step {
  /** kebab-case; in the ledger. */
  readonly name: string;
  readonly words: string;
  /** Throws WriteFailure (systems/write-failure.ts): refused by the target (nothing was written), or unknown. */
  run(operation: Operation, world: ActWorld): Promise<JsonObject>;
}

export interface Verdict {
  readonly status: 'ok' | 'failed' | 'unknown';
  readonly message: string;
  readonly before?: string;
  readonly after?: string;
}
