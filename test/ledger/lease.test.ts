import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { FollowingDraft } from '#ledger/draft.ts';
import { startOf, thisProcess } from '#ledger/identity.ts';
import { type Lease, lifeOf, type Observer } from '#ledger/lease.ts';
import { systemClock } from '#text/clock.ts';
import { clockAt, estateId, intent, ledgerIn, newFolder, noon, outcome } from './world.ts';

const identity = thisProcess();
const minute = 60_000;

function lease(fields: Partial<Lease> = {}): Lease {
  return {
    operation: '01K0000000000000000000000A',
    host: 'bastion-1',
    machine: 'm1',
    boot: 'b1',
    pidNamespace: 'pid:[1]',
    pid: 4711,
    started: '900',
    renewals: 3,
    heartbeatAt: new Date(noon).toISOString(),
    uptimeMs: 10 * minute,
    ttlMs: 30_000,
    graceMs: 0,
    ...fields,
  };
}

/** Somebody on the same machine who looks `later` milliseconds after the heartbeat and sees these processes. */
function observer(later: number, processes: Readonly<Record<number, string>>, fields: object = {}): Observer {
  return {
    identity: { ...identity, host: 'bastion-1', machine: 'm1', boot: 'b1', pidNamespace: 'pid:[1]', ...fields },
    uptimeMs: 10 * minute + later,
    now: noon + later,
    startOf: (pid) => processes[pid] ?? null,
  };
}

describe('an operation', () => {
  it.each([
    ['live', 'its process runs', lease(), observer(1_000, { 4711: '900' })],
    [
      'stalled',
      'its process lives and is silent: the lid was closed',
      lease(),
      observer(8 * 60 * minute, { 4711: '900' }),
    ],
    ['lapsed', 'its process is gone', lease(), observer(1_000, {})],
    ['live', 'it is being handed to a worker', lease({ graceMs: 15_000 }), observer(15_000, {})],
    ['lapsed', 'no worker came', lease({ graceMs: 15_000 }), observer(15_001, {})],
    ['lapsed', 'its number belongs to a process that began later', lease(), observer(1_000, { 4711: '901' })],
    ['lapsed', 'the machine was started anew', lease(), observer(1_000, { 4711: '900' }, { boot: 'b2' })],
    [
      'lapsed',
      'the machine was started anew and has no boot id',
      lease({ boot: null }),
      observer(-minute, {}, { boot: null }),
    ],
    [
      'live',
      'it runs in another container with a fresh heartbeat',
      lease({ pidNamespace: 'pid:[2]' }),
      observer(1_000, {}),
    ],
    ['lapsed', 'it ran in another container and is silent', lease({ pidNamespace: 'pid:[2]' }), observer(minute, {})],
    ['live', 'it runs on another host', lease({ machine: 'm2', host: 'b' }), observer(1_000, {})],
    [
      'stalled',
      'it ran on another host: nobody here can know',
      lease({ machine: 'm2', host: 'b' }),
      observer(minute, {}),
    ],
  ] as const)('is %s when %s', (life, _, given, seenBy) => {
    expect(lifeOf(given, seenBy).life).toBe(life);
  });

  it('does not lapse because somebody set the clock', () => {
    const seen = observer(1_000, {});
    const away = lease({ pidNamespace: 'pid:[2]' });
    expect(lifeOf(away, { ...seen, now: noon + 24 * 60 * minute }).life).toBe('live');
  });
});

const reconciled = (operation: string): FollowingDraft => ({
  kind: 'operation',
  phase: 'reconciled',
  operation,
  outcome: { status: 'indeterminate' },
});

const script = fileURLToPath(new URL('./children/operate.ts', import.meta.url));

/** Another terminal that began an operation and is in the middle of it. */
async function elsewhere(folder: string) {
  const child = spawn(process.execPath, [script, folder, estateId], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [operation] = await once(child.stdout, 'data');
  return { child, operation: String(operation).trim(), pid: child.pid ?? -1 };
}

describe('an operation of another terminal', () => {
  it('is left alone while its process lives, also when that is stopped', async () => {
    const folder = await newFolder();
    const { child, operation } = await elsewhere(folder);
    const clock = clockAt(Date.now());
    const ledger = ledgerIn(folder, { identity, clock, uptime: () => Date.now() });
    expect(await ledger.lapsed()).toEqual([]);
    await expect(ledger.append(reconciled(operation))).rejects.toMatchObject({ reason: 'operation-live', exit: 4 });
    await expect(ledger.takeOver(operation)).rejects.toMatchObject({ reason: 'operation-live' });
    child.kill('SIGSTOP');
    clock.pass(24 * 60 * minute);
    expect(await ledger.lapsed()).toEqual([]);
    await expect(ledger.append(reconciled(operation))).rejects.toMatchObject({ reason: 'operation-live' });
    expect((await ledger.state()).operations.has(operation)).toBe(true);
  });

  it('lapses when its process is killed, and is reconciled once', async () => {
    const folder = await newFolder();
    const { child, operation, pid } = await elsewhere(folder);
    child.kill('SIGKILL');
    await vi.waitUntil(() => startOf(pid) === null);
    const [ledger, other] = [ledgerIn(folder, { identity }), ledgerIn(folder, { identity })];
    await vi.waitFor(async () => expect(await ledger.lapsed()).toMatchObject([{ operation, action: 'scale' }]));
    const both = await Promise.allSettled([ledger.append(reconciled(operation)), other.append(reconciled(operation))]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await ledger.state()).operations.size).toBe(0);
    expect(await readdir(join(folder, 'operations'))).toEqual([]);
  });

  it('may be taken over from the process that hands it over, and from a dead one, not from a live one', async () => {
    const folder = await newFolder();
    const { child, operation, pid } = await elsewhere(folder);
    const ledger = ledgerIn(folder, { identity, clock: systemClock });
    await expect(ledger.takeOver(operation, { pid: pid + 1 })).rejects.toMatchObject({ reason: 'operation-live' });
    const keeper = await ledger.takeOver(operation, { pid });
    onTestFinished(() => keeper.stop());
    expect(ledger.leases.read(operation)).toMatchObject({ pid: process.pid });
    child.kill('SIGKILL');
    const params = { step: 'patch', index: 0, of: 1 };
    await ledger.append({ kind: 'operation', phase: 'step', operation, params });
    await ledger.append(outcome(operation));
    expect(await ledger.lapsed()).toEqual([]);
  });
});

describe('the process that runs an operation', () => {
  it('learns that another one has taken it over, and may record no step then', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const folder = await newFolder();
    const ledger = ledgerIn(folder, { identity });
    const begun = intent();
    await ledger.append(begun);
    const keeper = ledger.leases.keep(begun.operation);
    onTestFinished(() => keeper.stop());
    vi.advanceTimersByTime(5_000);
    await vi.waitUntil(() => ledger.leases.read(begun.operation)?.renewals === 1);
    expect(keeper.lost.aborted).toBe(false);

    const other = ledgerIn(folder, { identity: { ...identity, pid: 1, started: startOf(1) } });
    other.leases.take(begun.operation);
    vi.advanceTimersByTime(5_000);
    await vi.waitUntil(() => keeper.lost.aborted);
    const step = { kind: 'operation', phase: 'step', operation: begun.operation } as const;
    const late = ledger.append({ ...step, params: { step: 'patch', index: 0, of: 1 } });
    await expect(late).rejects.toMatchObject({ reason: 'lease-lost', exit: 4 });
  });

  it('lets the lease go with the outcome', async () => {
    const folder = await newFolder();
    const ledger = ledgerIn(folder, { identity });
    const begun = intent();
    await ledger.append(begun);
    expect(ledger.leases.all()).toEqual([begun.operation]);
    await ledger.append(outcome(begun.operation));
    expect(ledger.leases.all()).toEqual([]);
  });

  it('has no lease for an intent that was refused', async () => {
    const ledger = ledgerIn(await newFolder());
    const refusal = { by: 'freeze', reason: 'frozen', message: 'no', until: null, wayOut: null };
    await ledger.append(intent(), { unless: () => refusal });
    expect(ledger.leases.all()).toEqual([]);
  });
});
