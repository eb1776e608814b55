import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { reconcile } from '#actions/reconcile.ts';
import { type Died, runChild, startWorld, tenant, type World } from './world.ts';

const script = fileURLToPath(new URL('./children/dies.ts', import.meta.url));

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const run = (
  words: readonly string[],
  dying: { readonly at: string; readonly how?: 'hang' | 'until-stopped' },
): Promise<Died> =>
  runChild(script, [...words, `--estate=${world.estatePath}`, '--reason=proof'], {
    ...world.person.env,
    ...{ DIES_AT: dying.at, DIES_ACTION: words[0] ?? '', DIES_HOW: dying.how ?? '' },
  });

/** The tenant's web pods: two become three, three become two. */
async function scaling(...more: readonly string[]) {
  const before = (await world.deployment()).spec.replicas;
  const after = before === 2 ? 3 : 2;
  return { before, after, words: ['scale', tenant, '--web', String(after), '--yes', ...more] };
}

async function lastIntent(): Promise<string> {
  return (await world.entries({ phase: 'intent' })).at(-1)?.operation ?? '';
}

/** What the ledger says of an operation: its phases in order, and how it ended. */
async function story(operation: string) {
  const entries = await world.entries({ operation });
  return { phases: entries.map(({ phase }) => phase), end: entries.at(-1)?.outcome?.status ?? null };
}

const leasePath = (operation: string) => join(world.context().ledgerFolder, 'operations', `${operation}.lease`);

/** As if the operation's last sign of life lay so much further back. */
async function age(operation: string, milliseconds: number): Promise<{ readonly pid: number }> {
  const lease = JSON.parse(await readFile(leasePath(operation), 'utf8'));
  const older = { ...lease, uptimeMs: lease.uptimeMs - milliseconds };
  await writeFile(leasePath(operation), JSON.stringify(older));
  return lease;
}

/** Every stamp on the target is of an operation that the ledger knows to have begun a step. */
async function nothingUnrecorded(): Promise<void> {
  const { metadata } = await world.deployment();
  const stamps = (metadata.managedFields ?? []).flatMap(({ manager }) => manager.match(/^till-(.+)$/u)?.slice(1) ?? []);
  const steps = new Set((await world.entries({ phase: 'step' })).map(({ operation }) => operation));
  expect(stamps.filter((operation) => !steps.has(operation))).toEqual([]);
  expect((await world.context().ledger.verify({ chain: true })).findings).toEqual([]);
}

describe('kill -9 of the command', () => {
  it('before the intent: nothing is recorded, and nothing is done', async () => {
    const { before, words } = await scaling();
    const known = (await world.entries()).length;
    expect(await run(words, { at: 'planned' })).toMatchObject({ signal: 'SIGKILL' });
    expect(await world.entries()).toHaveLength(known);
    expect((await world.deployment()).spec.replicas).toBe(before);
  }, 60_000);

  it('after the intent, before a worker is there: absent, though not before a worker would have come', async () => {
    const { before, words } = await scaling();
    expect(await run(words, { at: 'intent-recorded' })).toMatchObject({ signal: 'SIGKILL' });
    const operation = await lastIntent();
    expect(await story(operation)).toEqual({ phases: ['intent'], end: null });
    expect(await reconcile(world.context())).toEqual([]);

    const { pid } = await age(operation, 60_000);
    expect(await reconcile(world.context())).toMatchObject([{ operation, status: 'absent' }]);
    expect(await story(operation)).toEqual({ phases: ['intent', 'reconciled'], end: 'absent' });

    // A worker that comes only now finds the operation ended, and leaves the target alone.
    const late = ['__operate', `--operation=${operation}`, `--estate=${world.estatePath}`, `--parent=${pid}`];
    const died = await runChild(script, [...late, '--timeout=60000'], { ...world.person.env, DIES_ACTION: 'scale' });
    expect(died.code).not.toBe(0);
    expect(await story(operation)).toEqual({ phases: ['intent', 'reconciled'], end: 'absent' });
    expect((await world.deployment()).spec.replicas).toBe(before);
    await nothingUnrecorded();
  }, 60_000);

  it('after the worker has started: the worker goes on, and is found from another terminal', async () => {
    const { after, words } = await scaling();
    expect(await run(words, { at: 'worker-started' })).toMatchObject({ signal: 'SIGKILL' });
    const operation = await lastIntent();
    expect(await world.run('wait', operation, '--timeout=60s')).toMatchObject({ code: 0 });
    expect(await story(operation)).toEqual({ phases: ['intent', 'step', 'step', 'outcome'], end: 'ok' });
    expect((await world.deployment()).spec.replicas).toBe(after);
    await nothingUnrecorded();
  }, 90_000);
});

describe('kill -9 of the worker of a write to Kubernetes', () => {
  it.each([
    ['taking-over', 'absent', 1, []],
    ['reading-again', 'absent', 1, []],
    ['step-begun', 'absent', 1, ['step']],
    ['step-written', 'applied', 0, ['step']],
    ['verifying', 'applied', 0, ['step', 'step']],
    ['verified', 'applied', 0, ['step', 'step']],
  ] as const)(
    '%s: the command that waits for it says %s, with exit %i',
    async (at, end, code, steps) => {
      const { before, after, words } = await scaling();
      const died = await run(words, { at });
      const operation = await lastIntent();
      expect(await story(operation)).toEqual({ phases: ['intent', ...steps, 'reconciled'], end });
      expect(died).toMatchObject({ code, signal: null });
      const { metadata, spec } = await world.deployment();
      expect(spec.replicas).toBe(end === 'absent' ? before : after);
      expect((metadata.managedFields ?? []).some(({ manager }) => manager === `till-${operation}`)).toBe(
        end === 'applied',
      );
      await nothingUnrecorded();
    },
    90_000,
  );
});

describe('kill -9 of the worker of a signal to PostgreSQL', () => {
  it.each([
    ['taking-over', 'absent', 1, []],
    ['reading-again', 'absent', 1, []],
    ['step-begun', 'absent', 1, ['step']],
    // A session leaves no stamp: gone is not the same as ended by us.
    ['step-written', 'indeterminate', 6, ['step']],
    ['verifying', 'applied', 0, ['step', 'step']],
    ['verified', 'applied', 0, ['step', 'step']],
  ] as const)(
    '%s: the command that waits for it says %s, with exit %i',
    async (at, end, code, steps) => {
      const session = await world.session();
      const words = ['terminate-session', tenant, '--pid', String(session.pid), '--confirm', tenant];
      const died = await run(words, { at });
      const operation = await lastIntent();
      expect(await story(operation)).toEqual({ phases: ['intent', ...steps, 'reconciled'], end });
      expect(died).toMatchObject({ code, signal: null });
      expect(await session.isThere()).toBe(end === 'absent');
      await session.end();
      expect((await world.context().ledger.verify({ chain: true })).findings).toEqual([]);
    },
    90_000,
  );
});

describe('an operation that another process runs', () => {
  it('ends between two steps when asked to, and says what was done', async () => {
    const { words, before } = await scaling('--cron', '2', '--no-wait');
    expect(await run(words, { at: 'step-begun', how: 'until-stopped' })).toMatchObject({ code: 0 });
    const operation = await lastIntent();
    await vi.waitFor(async () => expect(await story(operation)).toEqual({ phases: ['intent', 'step'], end: null }), {
      timeout: 30_000,
    });
    expect(await world.run('stop', operation)).toMatchObject({ code: 0 });
    expect(await world.run('wait', operation, '--timeout=30s')).toMatchObject({ code: 1 });
    expect(await story(operation)).toEqual({ phases: ['intent', 'step', 'step', 'outcome'], end: 'failed' });
    const [outcome] = await world.entries({ operation, phase: 'outcome' });
    // The cron pods come first, by name; the web pods are left alone.
    expect(outcome?.outcome).toMatchObject({ reason: 'stopped', message: expect.stringContaining('step 1 of 2') });
    expect((await world.deployment()).spec.replicas).toBe(before);
  }, 90_000);

  it('is never reconciled away, be it silent; once its process is gone, it is ended with what is there', async () => {
    const { words, after } = await scaling('--no-wait');
    expect(await run(words, { at: 'step-written', how: 'hang' })).toMatchObject({ code: 0 });
    const operation = await lastIntent();
    await vi.waitUntil(async () => (await world.deployment()).spec.replicas === after, { timeout: 30_000 });

    expect(await reconcile(world.context())).toEqual([]);
    const { pid } = await age(operation, 120_000);
    expect(await reconcile(world.context(), operation)).toEqual([]);
    expect(await story(operation)).toEqual({ phases: ['intent', 'step'], end: null });

    const second = await world.run(...(await scaling()).words, '--reason=proof', '-o', 'json');
    expect(second).toMatchObject({ code: 4 });
    expect(second.err).toContain(`operation ${operation}`);

    process.kill(pid, 'SIGKILL');
    expect(await world.run('wait', operation, '--timeout=30s')).toMatchObject({ code: 0 });
    expect(await story(operation)).toEqual({ phases: ['intent', 'step', 'reconciled'], end: 'applied' });
    await nothingUnrecorded();
  }, 90_000);
});
