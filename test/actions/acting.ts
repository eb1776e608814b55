import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Action } from '#actions/action.ts';
import { awaitOperation } from '#actions/await-operation.ts';
import { type Begun, begin } from '#actions/begin.ts';
import { type ActContext, openContext } from '#actions/context.ts';
import { actionNamed } from '#actions/find-action.ts';
import { operate } from '#actions/operate.ts';
import type { Plan } from '#actions/plan.ts';
import { prepare } from '#actions/prepare.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { LedgerEntry, RecordedOutcome } from '#ledger/entry.ts';
import type { Filter } from '#ledger/query.ts';
import { systemClock } from '#text/clock.ts';
import { anEstate } from '../health/makers.ts';

type Given = Parameters<Action['parse']>[0];

export interface Planned {
  readonly action: Action;
  readonly params: JsonObject;
  readonly plan: Plan;
}

/** One estate with a ledger in a folder of its own, acted on in this process from plan to outcome. */
export interface Acting {
  readonly context: ActContext;
  readonly env: Readonly<Record<string, string>>;
  plan(name: string, given: Given, tenant?: string): Promise<Planned>;
  begin(planned: Planned): Promise<Begun>;
  /** Does the worker's part, as it would in a process of its own. */
  work(operation: string): Promise<RecordedOutcome | null>;
  /** Plans, begins and works: how it ended, refusals too. */
  perform(name: string, given: Given, tenant?: string): Promise<RecordedOutcome | null>;
  entries(filter?: Filter): Promise<readonly LedgerEntry[]>;
}

export function aTenant(name: string, fields: Partial<Tenant> = {}): Tenant {
  return {
    ...{ name, retailer: null, environment: 'production', tier: 'standard', hosting: 'dedicated', timezone: 'UTC' },
    ...{ currency: null, cluster: null, namespace: null, selector: null, postgres: null, database: null },
    ...{ redis: null, front: null, host: null, thresholds: {} },
    ...fields,
  } as Tenant;
}

export async function actingOn(
  fields: Partial<Estate>,
  options: {
    readonly tenants: readonly Tenant[];
    readonly env?: Readonly<Record<string, string>>;
    /** What an operation may take. */
    readonly timeoutMs?: number;
  },
): Promise<Acting> {
  const folder = await mkdtemp(join(tmpdir(), 'till-acting-'));
  const env = { XDG_STATE_HOME: folder, HOME: folder, ...options.env };
  const estate = anEstate({
    mode: 'READ-WRITE',
    tenants: options.tenants.map(entryOf),
    ...fields,
  });
  const context = openContext({
    ...{ estate, clock: systemClock, env, write: false, tenants: options.tenants, statuses: [] },
  });
  onTestFinished(async () => {
    await context.close();
    await rm(folder, { recursive: true, force: true });
  });
  const circumstances = { reason: 'a test', ticket: null };

  const acting: Acting = {
    context,
    env,
    async plan(name, given, tenant) {
      const action = await actionNamed(name);
      const params = action.parse(given);
      const target = options.tenants.find((one) => one.name === tenant) ?? null;
      return { action, params, plan: (await prepare(action, params, target, context, circumstances)).plan };
    },
    begin: (planned) => begin({ ...planned, ...circumstances, incident: null, idempotencyKey: null }, context),
    async work(operation) {
      await operate({
        ...{ estate, clock: systemClock, env, operation },
        parent: process.pid,
        timeoutMs: options.timeoutMs ?? 20_000,
      });
      return await outcomeOf(operation, context);
    },
    async perform(name, given, tenant) {
      const begun = await acting.begin(await acting.plan(name, given, tenant));
      return begun.status === 'begun' ? await acting.work(begun.operation) : await outcomeOf(begun.operation, context);
    },
    async entries(filter) {
      const found: LedgerEntry[] = [];
      for await (const entry of context.ledger.entries(filter)) {
        found.push(entry);
      }
      return found;
    },
  };
  return acting;
}

async function outcomeOf(operation: string, { ledger, ledgerFolder }: ActContext) {
  const { outcome } = await awaitOperation(operation, {
    ...{ ledger, ledgerFolder, timeoutMs: 5_000, now: () => systemClock.monotonic() },
    signal: new AbortController().signal,
  });
  return outcome;
}

/** As the estate's file has it: only what is said. */
function entryOf({ name, environment, tier, postgres, database, host, filestore }: Tenant): Estate['tenants'][number] {
  return {
    name,
    thresholds: {},
    ...(environment === null ? {} : { environment }),
    ...(tier === null ? {} : { tier }),
    ...(postgres === null ? {} : { postgres }),
    ...(database === null ? {} : { database }),
    ...(host === null ? {} : { host }),
    ...(filestore === undefined ? {} : { filestore }),
  };
}
