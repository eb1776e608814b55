import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Identity } from '#ledger/identity.ts';
import { intent, newId, outcome } from '../world.ts';
import { here, type LedgerDatabase, ledgerAs, newWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.stop());

const refused = (reason: string) => expect.objectContaining({ reason, exit: 4 });
/** A pod: another host, which nobody can see into. */
const pod = (number: number): Identity => ({
  ...{ ...here, host: `till-job-${number}`, machine: null, boot: null, pidNamespace: `pid:[${number}]`, pid: 7 },
  started: `${number}`,
});
const step = (operation: string) =>
  ({ kind: 'operation', phase: 'step', operation, params: { step: 'backup', index: 0, of: 1 } }) as const;
const told = (words: string) => ({ at: 1_700_000_000_000, words, done: 3, of: 9 });

async function silentFor(database: LedgerDatabase, seconds: number) {
  await database.sql(`UPDATE till_ledger.leases SET heartbeat = clock_timestamp() - interval '${seconds} seconds'`);
}

/** An operation that alice began and handed to a Job; carol is the executor's login. */
async function handed() {
  const database = await world.newLedger();
  const alice = ledgerAs(database, 'alice');
  const operation = newId();
  const job = `till-${operation.toLowerCase()}`;
  await alice.append(intent({ operation }), { handover: { job, graceMs: 600_000 } });
  const asPod = (number: number) => ledgerAs(database, { login: 'carol', identity: pod(number) });
  const lifeAs = async (ledger: typeof alice) => {
    const open = (await ledger.state()).operations.get(operation) ?? expect.fail('it is not open');
    return ledger.leases.view(open);
  };
  return { database, alice, operation, job, asPod, lifeAs };
}

describe('an operation that was handed to a Job', () => {
  it('is live for as long as a Job may take to begin, whatever became of who began it', async () => {
    const { database, alice, operation, job, lifeAs } = await handed();
    expect(alice.wire.of(operation)).toBeNull();
    await silentFor(database, 590);
    expect(await lifeAs(alice)).toMatchObject({ life: 'live', why: `Job ${job} is about to take it over` });
    expect(alice.wire.of(operation)).toEqual({ job, hasBegun: false, told: null, stop: null });
    await expect(ledgerAs(database, 'bob').takeOver(operation)).rejects.toEqual(refused('operation-live'));
    await silentFor(database, 601);
    expect(await lifeAs(alice)).toMatchObject({ life: 'lapsed', why: expect.stringContaining('has not begun it') });
    using _lease = await ledgerAs(database, 'bob').takeOver(operation);
  });

  it('is that Job’s to take, on any host, at once and by one pod; another Job’s it is not', async () => {
    const { alice, operation, job, asPod, lifeAs } = await handed();
    await expect(asPod(1).takeOver(operation, { job: 'till-another' })).rejects.toEqual(refused('operation-live'));
    const first = asPod(1);
    using _lease = await first.takeOver(operation, { job });
    await expect(first.append(step(operation))).resolves.toMatchObject({ status: 'appended' });
    expect(await lifeAs(alice)).toMatchObject({ life: 'live', why: 'it runs on till-job-1' });
    expect(alice.wire.of(operation)).toMatchObject({ job, hasBegun: true });
    await expect(asPod(2).takeOver(operation, { job })).rejects.toEqual(refused('operation-live'));
    await expect(alice.append(step(operation))).rejects.toEqual(refused('lease-lost'));
  });

  it('passes to the next pod once the one before has been silent for long enough, which then may not go on', async () => {
    const { database, alice, operation, job, asPod } = await handed();
    const [first, second] = [asPod(1), asPod(2)];
    using _one = await first.takeOver(operation, { job });
    await silentFor(database, 31);
    using _two = await second.takeOver(operation, { job });
    await expect(first.append(step(operation))).rejects.toEqual(refused('lease-lost'));
    await second.append(step(operation));
    await second.append(outcome(operation));
    expect((await alice.state()).operations.size).toBe(0);
  });

  it('is its beginner’s again while the Job has not taken it, and then no longer the Job’s', async () => {
    const { alice, operation, job, asPod } = await handed();
    using _lease = await alice.takeOver(operation);
    await expect(asPod(1).takeOver(operation, { job })).rejects.toEqual(refused('operation-live'));
    await alice.append(outcome(operation));
  });

  it('is anybody’s to end once somebody has asked it to stop before it began', async () => {
    const { database, operation, job, asPod } = await handed();
    const bob = ledgerAs(database, 'bob');
    expect(await bob.wire.askStop(operation)).toBe(true);
    using _lease = await bob.takeOver(operation);
    await expect(asPod(1).takeOver(operation, { job })).rejects.toEqual(refused('operation-live'));
  });
});

describe('what a worker tells', () => {
  it('is heard wherever the ledger is read, the last word only, and outlives the pod that said it', async () => {
    const { database, alice, operation, job, asPod } = await handed();
    const [first, second] = [asPod(1), asPod(2)];
    using _one = await first.takeOver(operation, { job });
    expect(await first.wire.tell(operation, told('dumping'))).toBeNull();
    await first.wire.tell(operation, null);
    await alice.state();
    expect(alice.wire.of(operation)?.told).toEqual(told('dumping'));
    await silentFor(database, 31);
    using _two = await second.takeOver(operation, { job });
    await alice.state();
    expect(alice.wire.of(operation)?.told).toEqual(told('dumping'));
  });

  it('is only that worker’s to tell, short, and without what moves a terminal', async () => {
    const { alice, operation, job, asPod } = await handed();
    const first = asPod(1);
    using _lease = await first.takeOver(operation, { job });
    await alice.wire.tell(operation, told('not mine to say'));
    await expect(first.wire.tell(operation, told('x'.repeat(5_000)))).rejects.toMatchObject({
      reason: 'progress-too-large',
    });
    await first.wire.tell(operation, told('\u001b[2Jgone'));
    await alice.state();
    expect(alice.wire.of(operation)?.told?.words).not.toContain('\u001b');
    expect(alice.wire.of(operation)?.told?.words).toContain('gone');
  });

  it('is answered by who has asked it to stop, the first of them, the next pod too', async () => {
    const { database, alice, operation, job, asPod } = await handed();
    const [first, second] = [asPod(1), asPod(2)];
    using _one = await first.takeOver(operation, { job });
    expect(await ledgerAs(database, 'bob').wire.askStop(operation)).toBe(true);
    expect(await alice.wire.askStop(operation)).toBe(true);
    expect(await first.wire.tell(operation, null)).toMatchObject({ by: 'bob', at: expect.any(String) });
    await silentFor(database, 31);
    using _two = await second.takeOver(operation, { job });
    expect(await second.wire.tell(operation, null)).toMatchObject({ by: 'bob' });
    expect(await alice.wire.askStop(newId())).toBe(false);
  });
});
