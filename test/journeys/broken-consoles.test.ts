import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openLock } from '#ledger/lock.ts';
import { systemClock } from '#text/clock.ts';
import { type LivingEstate, type LivingTerminal, livingEstate } from '../terminal/living.ts';

const tenant = 'maple-toys';
let estate: LivingEstate;

beforeAll(async () => {
  estate = await livingEstate({ tenants: 3 });
});
afterEach(() => estate.hold(tenant, null));
afterAll(() => estate?.close());

/** A console with the question on the screen: shall the web pods be restarted? */
async function asked(): Promise<LivingTerminal> {
  const terminal = estate.open();
  await terminal.until(/● k8s .*● pg/);
  terminal.press(`:restart ${tenant} --group web --reason "memory grows"\r`);
  await terminal.shows('y does it');
  return terminal;
}

/** A console whose restart goes on until its pods may become ready. */
async function restarting(): Promise<LivingTerminal> {
  const terminal = await asked();
  estate.hold(tenant, { notReady: {} });
  await terminal.agrees('y');
  await terminal.until(new RegExp(`» restart ${tenant}`));
  await vi.waitFor(async () => expect(await estate.entries({ phase: 'step' })).not.toEqual([]), 20_000);
  return terminal;
}

async function lastIntent(): Promise<string> {
  return (await estate.entries({ phase: 'intent' })).at(-1)?.operation ?? '';
}

async function story(operation: string): Promise<readonly string[]> {
  return (await estate.entries({ operation })).map(({ phase, outcome }) => `${phase} ${outcome?.status ?? ''}`.trim());
}

describe.each(['SIGKILL', 'SIGHUP'] as const)('a console that ends by %s', { timeout: 120_000 }, (signal) => {
  it('leaves the operation to its worker; another console finds it running and sees how it ends', async () => {
    const first = await restarting();
    const operation = await lastIntent();
    first.pty.kill(signal);
    await first.exited;

    const second = estate.open();
    await second.until(new RegExp(`» restart ${tenant}`));
    second.press('o');
    await second.until(new RegExp(`» running +restart ${tenant}`));
    estate.hold(tenant, null);
    await second.until('nothing runs');
    await second.until(new RegExp(`● ok +restart ${tenant}`));
    second.press('q');
    expect((await second.exited).exitCode).toBe(0);
    expect(await story(operation)).toEqual(['intent', 'step', 'step ok', 'outcome ok']);
    expect(await estate.person.run('wait', operation)).toMatchObject({ code: 0 });
  });

  it('between the answer and the intent has neither recorded nor done anything', async () => {
    const terminal = await asked();
    const [entries, web] = [(await estate.entries()).length, estate.web(tenant)];
    const lock = openLock(join(estate.ledgerFolder, 'ledger.lock'), { clock: systemClock, waitMs: 5_000 });
    await lock.held(async () => {
      await terminal.agrees('y');
      await terminal.shows('recording the intent');
      terminal.pty.kill(signal);
      await terminal.exited;
    });
    lock.close();
    expect(await estate.entries()).toHaveLength(entries);
    expect(estate.web(tenant)).toEqual(web);
    expect(await estate.person.run('audit', 'verify', '--chain')).toMatchObject({ code: 0 });
    const next = estate.open();
    await next.until(/● k8s/);
    next.press('o');
    await next.shows('nothing runs');
  });
});

describe('a worker that is killed', { timeout: 120_000 }, () => {
  it('has lapsed: the console that is open finds out what it did, and records that and no more', async () => {
    const terminal = await restarting();
    const operation = await lastIntent();
    await vi.waitFor(async () => expect(await story(operation)).toContain('step ok'), 20_000);
    const lease = JSON.parse(readFileSync(join(estate.ledgerFolder, 'operations', `${operation}.lease`), 'utf8'));
    process.kill(lease.pid, 'SIGKILL');
    terminal.press('o');
    await terminal.until(new RegExp(`applied +restart ${tenant}`));
    await terminal.shows('it was not verified');
    expect(await story(operation)).toEqual(['intent', 'step', 'step ok', 'reconciled applied']);
  });
});
