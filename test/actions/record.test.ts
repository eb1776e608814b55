import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { begin } from '#actions/begin.ts';
import { type Acting, actingOn, aTenant } from './acting.ts';

const tenants = [
  aTenant('maple-toys', { tier: 'critical', timezone: 'Europe/Paris' }),
  aTenant('bike-barn', { environment: 'staging' }),
];
const blackWeek = { NAME: 'black-week', until: '+4h', environment: ['production'], reason: 'peak trading' };

const estate = (): Promise<Acting> => actingOn({}, { tenants });

describe('freeze', () => {
  it('plans who is covered, and writes nothing', async () => {
    const acting = await estate();
    const { plan } = await acting.plan('freeze', blackWeek);
    expect(plan).toMatchObject({
      danger: 'moderate',
      confirmWith: 'black-week',
      blockers: [],
      undo: { action: 'thaw', params: { name: 'black-week' } },
    });
    expect(plan.warnings[0]).toBe('it covers 1 tenant: maple-toys');
    expect(plan.objects.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['freeze black-week', 'tenant maple-toys']);
    expect(await acting.entries()).toEqual([]);
  });

  it('stands once it is recorded, under the id of its operation, with its scope and reason', async () => {
    const acting = await estate();
    const outcome = await acting.perform('freeze', { ...blackWeek, allow: ['restart'] });
    expect(outcome).toMatchObject({ status: 'ok' });
    const [freeze] = (await acting.context.ledger.state()).freezes.values();
    expect(freeze).toMatchObject({
      name: 'black-week',
      reason: 'peak trading',
      allows: ['restart'],
      scope: { environments: ['production'], tenants: [] },
    });
    expect(freeze?.freeze).toBe(freeze?.operation);
  });

  it('of many names a hundred, and counts the rest: an entry of the ledger is bounded', async () => {
    const many = Array.from({ length: 103 }, (_, index) => aTenant(`shop-${index}`));
    const acting = await actingOn({}, { tenants: many });
    const { plan } = await acting.plan('freeze', blackWeek);
    expect(plan.objects).toHaveLength(102);
    expect(plan.objects.at(-1)?.name).toBe('and 3 more');
    expect(await acting.begin(await acting.plan('freeze', blackWeek))).toMatchObject({ status: 'begun' });
  });

  it('tried again under one key is the same, though +4h ends later now, and another span is not', async () => {
    const acting = await estate();
    const keyed = async (given: Readonly<Record<string, string | readonly string[]>>) => {
      const planned = await acting.plan('freeze', given);
      const circumstances = { reason: 'a test', ticket: null, incident: null, idempotencyKey: 'once' };
      return await begin({ ...planned, ...circumstances }, acting.context);
    };
    const first = await keyed(blackWeek);
    await acting.work(first.operation);
    const [{ until } = { until: '' }] = [...(await acting.context.ledger.state()).freezes.values()];
    vi.setSystemTime(Date.now() + 90_000);
    onTestFinished(() => void vi.useRealTimers());

    expect(await keyed(blackWeek)).toEqual({ status: 'repeated', operation: first.operation, outcome: 'ok' });
    for (const other of [{ until: '+5h' }, { environment: ['staging'] }, { reason: 'another' }]) {
      expect(await keyed({ ...blackWeek, ...other })).toMatchObject({
        status: 'refused',
        refusal: { reason: 'idempotency-key-reused' },
      });
    }
    expect([...(await acting.context.ledger.state()).freezes.values()]).toMatchObject([{ until }]);
  });

  it('of a name that stands already is refused', async () => {
    const acting = await estate();
    await acting.perform('freeze', blackWeek);
    expect(await acting.perform('freeze', blackWeek)).toMatchObject({
      status: 'refused',
      reason: 'blocked',
      by: 'freeze black-week',
    });
  });

  it('refuses a later action on who is covered, and the refusal is recorded', async () => {
    const acting = await estate();
    await acting.perform('freeze', blackWeek);
    const { freezes } = await acting.context.ledger.state();
    const [{ until } = { until: '' }] = [...freezes.values()];
    const planned = await acting.plan('freeze', { ...blackWeek, NAME: 'other' });
    const scale = { ...planned, action: { ...planned.action, name: 'scale' } };
    const begun = await acting.begin({ ...scale, plan: { ...planned.plan, action: 'scale', tenants: ['maple-toys'] } });
    expect(begun).toMatchObject({
      status: 'refused',
      refusal: { by: 'freeze black-week', reason: 'freeze', until: new Date(until).toISOString() },
    });
    expect(await acting.entries({ phase: 'refusal' })).toMatchObject([
      { action: 'scale', target: { tenants: ['maple-toys'] }, outcome: { status: 'refused', by: 'freeze black-week' } },
    ]);
  });

  it('leaves those out of its scope alone', async () => {
    const acting = await estate();
    await acting.perform('freeze', blackWeek);
    const planned = await acting.plan('freeze', { ...blackWeek, NAME: 'other' });
    const begun = await acting.begin({ ...planned, plan: { ...planned.plan, tenants: ['bike-barn'] } });
    expect(begun.status).toBe('begun');
  });

  it('that was made between plan and intent still refuses', async () => {
    const acting = await estate();
    const planned = await acting.plan('freeze', { ...blackWeek, NAME: 'other' });
    await acting.perform('freeze', blackWeek);
    const begun = await acting.begin({ ...planned, plan: { ...planned.plan, tenants: ['maple-toys'] } });
    expect(begun).toMatchObject({ status: 'refused', refusal: { by: 'freeze black-week' } });
  });

  it.each([
    [{ NAME: 'a', reason: 'x' }, 'needs an end'],
    [{ NAME: 'a', until: '+4h' }, 'needs a reason'],
    [{ NAME: 'a', until: '2020-01-01T00:00:00Z', reason: 'x' }, 'before it begins'],
    [{ NAME: 'a', from: '+4h', until: '+1h', reason: 'x' }, 'before it begins'],
    [{ NAME: 'no name', until: '+4h', reason: 'x' }, 'needs a name'],
  ])('of %o is wrong usage', async (given, words) => {
    await expect((await estate()).plan('freeze', given)).rejects.toThrow(words);
  });

  it('with an edge in the hours that clocks shift warns', async () => {
    const { plan } = await (await estate()).plan('freeze', { ...blackWeek, until: '2037-11-27T01:30:00Z' });
    expect(plan.warnings.join()).toContain('between 01:00 and 03:59 in Europe/Paris');
  });
});

describe('thaw', () => {
  it('ends a freeze, in the middle of another one, and offers to freeze again', async () => {
    const acting = await estate();
    await acting.perform('freeze', blackWeek);
    await acting.perform('freeze', { NAME: 'all', until: '+4h', reason: 'everything' });
    const { plan } = await acting.plan('thaw', { NAME: 'black-week' });
    expect(plan.undo).toMatchObject({ action: 'freeze', params: { name: 'black-week', reason: 'peak trading' } });
    expect(await acting.perform('thaw', { NAME: 'black-week' })).toMatchObject({ status: 'ok' });
    const { freezes } = await acting.context.ledger.state();
    expect([...freezes.values()].map(({ name }) => name)).toEqual(['all']);
  });

  it('of what nobody froze names the likely one', async () => {
    const acting = await estate();
    await acting.perform('freeze', blackWeek);
    await expect(acting.plan('thaw', { NAME: 'black-wek' })).rejects.toMatchObject({
      exit: 2,
      next: 'did you mean "black-week"?',
    });
  });

  it("of the estate's own calendar is refused with the way out", async () => {
    const calendar = [{ name: 'stocktaking', from: '2020-01-01T00:00:00Z', until: '2099-01-01T00:00:00Z' }];
    const acting = await actingOn({ calendar }, { tenants });
    const { plan } = await acting.plan('thaw', { NAME: 'stocktaking' });
    expect(plan.blockers).toMatchObject([{ wayOut: 'change the calendar in estate.yaml' }]);
  });
});

describe('incident', () => {
  const open = { WHAT: 'open', NAME: 'checkout-down', severity: 'SEV1', commander: 'ada', tenant: ['maple-toys'] };

  it('is opened, joined, widened, noted and closed, each an entry under its id', async () => {
    const acting = await estate();
    for (const given of [
      open,
      { WHAT: 'join', NAME: 'checkout-down', as: 'grace' },
      { WHAT: 'pin', NAME: 'checkout-down', tenant: ['bike-barn'] },
      { WHAT: 'note', NAME: 'checkout-down', TEXT: 'rolled back' },
    ]) {
      expect(await acting.perform('incident', given)).toMatchObject({ status: 'ok' });
    }
    const [incident] = (await acting.context.ledger.state()).incidents.values();
    expect(incident).toMatchObject({
      ...{ name: 'checkout-down', severity: 'SEV1', commander: 'ada' },
      ...{ joined: ['grace'], tenants: ['maple-toys', 'bike-barn'] },
    });
    expect(await acting.perform('incident', { WHAT: 'close', NAME: 'checkout-down' })).toMatchObject({ status: 'ok' });
    expect((await acting.context.ledger.state()).incidents.size).toBe(0);
    const story = await acting.entries({ incident: incident?.incident ?? '' });
    expect(story.map(({ phase }) => phase)).toEqual(['open', 'join', 'pin', 'note', 'close']);
  });

  it('may be opened and closed in a READ-ONLY estate and in the middle of a freeze', async () => {
    const acting = await actingOn({ mode: 'READ-ONLY' }, { tenants });
    await acting.perform('freeze', { NAME: 'all', until: '+4h', reason: 'everything' });
    expect(await acting.perform('incident', open)).toMatchObject({ status: 'ok' });
  });

  it('of a name that is open already is refused; one that nobody opened is wrong usage', async () => {
    const acting = await estate();
    await acting.perform('incident', open);
    expect(await acting.perform('incident', open)).toMatchObject({ status: 'refused', by: 'incident checkout-down' });
    await expect(acting.plan('incident', { WHAT: 'close', NAME: 'other' })).rejects.toMatchObject({ exit: 2 });
  });

  it('keeps a secret in a note out of the ledger', async () => {
    const acting = await estate();
    await acting.perform('incident', open);
    const planned = await acting.plan('incident', {
      WHAT: 'note',
      NAME: 'checkout-down',
      TEXT: 'try postgres://odoo:hunter2@pg-1/maple',
    });
    await expect(acting.begin(planned)).rejects.toMatchObject({ exit: 2, reason: 'secret-in-text' });
  });
});
