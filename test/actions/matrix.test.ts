import { describe, expect, it, vi } from 'vitest';
import type { Action } from '#actions/action.ts';
import { exitOfOutcome } from '#actions/await-operation.ts';
import { begin } from '#actions/begin.ts';
import { actions } from '#actions/definitions/index.ts';
import type { PlanDraft } from '#actions/plan.ts';
import { prepare } from '#actions/prepare.ts';
import { runOperation } from '#actions/run-operation.ts';
import { performAll } from '#commands/acting/perform-all.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import type { FollowingDraft } from '#ledger/draft.ts';
import { confirmationFor, isConfirmed } from '#policy/confirm.ts';
import { exitCodes } from '#text/till-error.ts';
import { type Acting, actingOn, aTenant } from './acting.ts';
import { calledWith, paramsOf } from './matrix.ts';

// Every registered action × everything that may stand in its way. What an action would do is not asked here, so its plan
// is stubbed; that nothing is done, that it is recorded, and with which exit code a script hears of it, is the same for all.

vi.mock('#actions/start-worker.ts', () => ({
  startWorker: () => {
    throw new Error('it was begun');
  },
}));

const definitions = await Promise.all(actions.map(({ load }) => load()));
const production = aTenant('maple-toys');
const staging = aTenant('bike-barn', { environment: 'staging' });
const nobodySaid = aTenant('cedar-home', { environment: null });
const tenants = [production, staging, nobodySaid];

/** Where an action may run: in production, or where its definition lets it. */
const home = ({ allowed }: Action) => (allowed === undefined ? production : staging);

const draft: PlanDraft = {
  objects: [
    {
      ...({ system: 'kubernetes', cluster: 'eu', tenant: null, kind: 'Deployment', namespace: 'maple-toys' } as const),
      ...{ name: 'odoo-web', uid: 'b7c0a1de', version: '4' },
    },
  ],
  changes: [{ object: 'Deployment maple-toys/odoo-web', field: 'spec.replicas', before: 2, after: 4, owner: null }],
  equivalents: [],
};

interface Case {
  readonly action: Action;
  readonly line: string;
  readonly params: ReturnType<typeof paramsOf>;
  readonly deescalates: boolean;
  /** With its plan stubbed; any step that is reached fails the test. */
  readonly stub: (plan?: PlanDraft) => Action;
}

const cases: readonly (readonly [string, Case])[] = definitions.flatMap((action) =>
  action.examples
    .map(({ line }) => line)
    .filter((line) => line.startsWith(`till ${action.name} `))
    .map((line): readonly [string, Case] => {
      const params = paramsOf(action, line);
      const { deescalates = false } = action;
      const stub = (plan = draft): Action => ({
        ...action,
        plan: async () => ({ ...plan, danger: action.danger }),
        steps: () => [
          {
            name: 'never',
            words: 'what must not happen',
            run: () => Promise.reject(new Error('it was done')),
          },
        ],
      });
      return [
        line.replace(/ --reason .*/u, ''),
        {
          action,
          line,
          params,
          deescalates: typeof deescalates === 'function' ? deescalates(params) : deescalates,
          stub,
        },
      ];
    }),
);

const estate = (fields: Partial<Estate> = {}): Promise<Acting> => actingOn(fields, { tenants });

/** As a script calls it, with everything that it has to say. */
const everything = (action: Action) => ({ reason: 'a test', yes: true, confirm: home(action).name }) as const;

function perform(
  { context }: Acting,
  { stub, params, action }: Case,
  flags: Readonly<Record<string, string | true>>,
  tenant = home(action),
) {
  const { io, invocation } = calledWith(flags);
  return { io, exit: performAll(stub(), params, [action.target === 'estate' ? null : tenant], context, invocation) };
}

/** Only as far as the intent: for what is let through, and would start a worker. */
async function begun({ context }: Acting, { stub, params, action }: Case, reason: string | null = 'a test') {
  const circumstances = { reason, ticket: null };
  const target = action.target === 'estate' ? null : home(action);
  const { plan } = await prepare(stub(), params, target, context, circumstances);
  const request = { action: stub(), params, plan, ...circumstances, incident: null, idempotencyKey: null };
  return await begin(request, context);
}

/** What policy says against it there, in the words that scripts match. */
async function decided({ context }: Acting, { stub, params }: Case, tenant: Tenant, reason: string | null = 'a test') {
  const { refusals } = await prepare(stub(), params, tenant, context, { reason, ticket: null });
  return refusals.map(({ word }) => word);
}

const freeze: FollowingDraft = {
  ...({ kind: 'freeze', phase: 'begin', reason: 'peak trading' } as const),
  params: {
    ...{ freeze: '01JD0000000000000000000000', name: 'black-week', timezone: 'UTC' },
    ...{ from: '2020-01-01T00:00:00Z', until: '2099-01-01T00:00:00Z' },
  },
};

describe('every action', () => {
  it('is registered, and its help shows a call of it', () => {
    expect(definitions.length).toBeGreaterThan(5);
    const shown = new Set(cases.map(([, { action }]) => action.name));
    expect(definitions.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });
});

describe.each(cases)('%s', (_line, one) => {
  const { action, deescalates } = one;
  const isFree = deescalates || !action.writesToSystems;
  const hasTenants = action.target === 'tenants';

  it(`in a READ-ONLY estate is ${isFree ? 'let through' : 'refused with exit 4, and recorded'}`, async () => {
    const acting = await estate({ mode: 'READ-ONLY' });
    if (isFree) {
      expect((await begun(acting, one)).status).toBe('begun');
      return;
    }
    const { io, exit } = perform(acting, one, everything(action));
    expect(await exit).toBe(exitCodes.refused);
    expect(io.stderr()).toMatch(/refused by mode READ-ONLY.*\n.*--write opens it/u);
    expect(await acting.entries()).toMatchObject([
      { kind: 'ledger' },
      { phase: 'refusal', action: action.name, outcome: { status: 'refused', reason: 'read-only' } },
    ]);
  });

  it(`in a freeze is ${deescalates || !hasTenants ? 'let through' : 'refused with exit 4, and recorded'}`, async () => {
    const acting = await estate();
    await acting.context.ledger.append(freeze);
    if (deescalates || !hasTenants) {
      expect((await begun(acting, one)).status).toBe('begun');
      return;
    }
    const { io, exit } = perform(acting, one, everything(action));
    expect(await exit).toBe(exitCodes.refused);
    expect(io.stderr()).toMatch(/refused by freeze black-week: .*peak trading, until 2099.*\n.*till thaw black-week/u);
    expect(await acting.entries({ phase: 'refusal' })).toMatchObject([
      { action: action.name, outcome: { reason: 'freeze', by: 'freeze black-week' } },
    ]);
  });

  it('in a freeze of another environment is let through', async () => {
    const acting = await estate();
    const other = home(action) === production ? 'staging' : 'production';
    const params = { ...freeze.params, scope: { environments: [other] } };
    await acting.context.ledger.append({ ...freeze, params } as FollowingDraft);
    expect((await begun(acting, one)).status).toBe('begun');
  });

  const environments = ['production', 'staging', 'development', 'recovery', null] as const;
  it.each(environments)(
    `in the environment %s ${action.allowed === undefined ? 'is' : 'may be, by its definition, or is not'} let through`,
    async (environment) => {
      const acting = await actingOn({}, { tenants: [aTenant('maple-toys', { environment })] });
      const [tenant = production] = acting.context.tenants;
      if (!hasTenants || (action.allowed?.environments ?? environments).includes(environment ?? 'production')) {
        expect(await decided(acting, one, tenant)).toEqual([]);
        return;
      }
      const { io, exit } = perform(acting, one, { reason: 'a test', yes: true, confirm: 'maple-toys' }, tenant);
      expect(await exit).toBe(exitCodes.refused);
      expect(io.stderr()).toMatch(/refused by environment .* only: maple-toys is in .*\n {2}\S/u);
      expect(await acting.entries({ phase: 'refusal' })).toMatchObject([
        { action: action.name, outcome: { status: 'refused', reason: 'environment' } },
      ]);
    },
  );

  it(`without a reason is ${hasTenants ? 'refused with exit 2 in production and where nobody said' : 'let through'}`, async () => {
    const acting = await estate();
    if (!hasTenants) {
      expect((await begun(acting, one, null)).status).toBe('begun');
      return;
    }
    for (const tenant of [production, nobodySaid]) {
      if (action.allowed !== undefined) {
        expect(await decided(acting, one, tenant, null)).toContain('reason-missing');
        continue;
      }
      const { io, exit } = perform(acting, one, { yes: true, confirm: tenant.name }, tenant);
      expect(await exit).toBe(exitCodes.usage);
      expect(io.stderr()).toContain('--reason "why"');
    }
    expect(await acting.entries({ phase: 'refusal' })).toHaveLength(action.allowed === undefined ? 2 : 0);
  });

  it('without a reason is planned for staging all the same', async () => {
    const { context } = await estate();
    const { plan } = await prepare(one.stub(), one.params, staging, context, { reason: null, ticket: null });
    expect(plan.blockers).toEqual([]);
  });

  it(`without a terminal and a confirmation ${action.danger === 'mild' ? 'needs none' : 'ends with exit 5'}`, async () => {
    if (action.danger === 'mild') {
      expect(confirmationFor('mild', { confirmWith: 'x', count: 1 })).toEqual({ kind: 'none' });
      return;
    }
    const acting = await estate();
    const { exit } = perform(acting, one, { reason: 'a test' });
    await expect(exit).rejects.toMatchObject({ exit: exitCodes.confirmationMissing, reason: 'confirmation-missing' });
    expect(await acting.entries()).toEqual([]);
  });

  it('is not confirmed by another name, nor by --yes when it is severe', async () => {
    const acting = await estate();
    if (action.danger !== 'severe') {
      const needed = confirmationFor(action.danger, { confirmWith: 'maple-toys', count: 1 });
      expect(isConfirmed(needed, { yes: true, confirm: null })).toBe(true);
      return;
    }
    await expect(perform(acting, one, { reason: 'a test', yes: true }).exit).rejects.toMatchObject({ exit: 5 });
    await expect(perform(acting, one, { ...everything(action), confirm: 'olive-kitchen' }).exit).rejects.toMatchObject({
      exit: exitCodes.confirmationMissing,
      reason: 'confirmation-wrong',
    });
    expect(await acting.entries()).toEqual([]);
  });

  it('on a plan other than the one expected ends with exit 3', async () => {
    const acting = await estate();
    await expect(
      perform(acting, one, { ...everything(action), expect: 'digest=0123456789abcdef' }).exit,
    ).rejects.toMatchObject({
      exit: exitCodes.checkFalse,
      reason: 'expectation',
    });
    expect(await acting.entries()).toEqual([]);
  });

  it.each([
    ['is another one by the same name', { uid: 'c8d1b2ef' }],
    ['has been changed', { version: '5' }],
  ])('on a target that %s since ends with exit 4, and writes nothing', async (words, fields) => {
    const { context } = await estate();
    const target = hasTenants ? home(action) : null;
    const { plan } = await prepare(one.stub(), one.params, target, context, { reason: 'a test', ticket: null });
    const moved = { ...draft, objects: draft.objects.map((object) => ({ ...object, ...fields })) };
    const end = await runOperation({
      ...{ action: one.stub(moved), params: one.params, operation: context.ledger.newId(), tenant: target },
      ...{ agreed: plan, context, progress: { tell: () => undefined }, signal: new AbortController().signal },
      ...{ timeoutMs: 1000, healthNow: async () => null },
    });
    expect(end).toMatchObject({ status: 'refused', reason: 'moved' });
    expect(end.message).toContain(words);
    expect(exitOfOutcome(end)).toBe(exitCodes.refused);
  });
});
