import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LivingEstate, type LivingTerminal, livingEstate } from '../terminal/living.ts';

const tenant = 'maple-toys';
let estate: LivingEstate;
let terminal: LivingTerminal;

beforeAll(async () => {
  estate = await livingEstate({ tenants: 6 });
  terminal = estate.open();
  await terminal.until(/● 6 .*● k8s .*● pg/);
});
afterAll(() => estate?.close());

/** Leaves every question and screen. */
async function home(): Promise<void> {
  terminal.press(':status\r');
  await terminal.until(/TENANT .*WHY/);
}

describe('a tenant that was never backed up', { timeout: 180_000 }, () => {
  it('is marked on the table, and late among the backups', async () => {
    await terminal.until(new RegExp(`${tenant} ▽`));
    terminal.press(`:backups ${tenant}\r`);
    await terminal.until(/There is no backup of it yet/);
    terminal.press('v');
    await terminal.shows(`there is no backup of ${tenant} yet; b makes one`);
  });

  it('is backed up with b, which takes the mark away', async () => {
    terminal.press('b');
    await terminal.shows(`Back up ${tenant}`, 'Reason: ▏');
    await terminal.types('before the sale');
    terminal.press('\r');
    await terminal.until(new RegExp(`● backup ${tenant}: ok`));
    await terminal.until(/▸ ○ recorded .* good/);
    const [backup] = (await estate.entries({ action: 'backup', phase: 'outcome' })).slice(-1);
    expect(backup?.outcome).toMatchObject({ status: 'ok' });
    await home();
    await terminal.untilGone(new RegExp(`${tenant} ▽`));
  });

  it('has it read back whole with v, and rehearsed with d: what that took stands on the charts', async () => {
    terminal.press(`:backups ${tenant}\r`);
    await terminal.until(/▸ ○ recorded/);
    terminal.press('v');
    await terminal.shows(`Verify backup ${tenant}`, 'Reason: ▏');
    await terminal.types('is it whole');
    terminal.press('\r');
    await terminal.until(/▸ ◇ read back/);
    terminal.press('d');
    await terminal.shows(`Drill ${tenant}`, 'Reason: ▏');
    await terminal.types('weekly proof');
    terminal.press('\r');
    await terminal.agrees('y');
    await terminal.until(new RegExp(`» drill ${tenant}`));
    await terminal.until(/▸ (◆ restored|● served)/);
    terminal.press('\r');
    await terminal.until(/Proven +(◆ restored|● served) .*RTO \d+s/su);
    terminal.press('D');
    await terminal.until(new RegExp(`▸ (● met|▲ missed) +${tenant} +restore`));
    await terminal.shows(`${tenant}, restore: 1 result`, 'RTO', 'RPO');
    const { items } = await estate.person.json<{ items: readonly { tenant: string; rto: number }[] }>('drills');
    expect(items).toMatchObject([{ tenant, status: 'ok', rto: expect.any(Number) }]);
  });
});

describe('a console that is killed while a backup runs', { timeout: 120_000 }, () => {
  it('stops nothing: the next one has it on the screen, with bytes, rate and what is left, and says how it ended', async () => {
    const words = ['--estate', estate.otherEstate('  store: vault\n', '  store: vault\n  budget: 512KiB\n')];
    const first = estate.open({ words });
    await first.until(/● 6 /);
    await first.untilGone(/last picture|so far/);
    first.press(':backup cedar-home --reason "before the sale"\r');
    await first.agrees('Enter');
    await first.until(/» backup cedar-home [█─]{5} \d+ %/);
    first.pty.kill('SIGKILL');
    await first.exited;

    const again = estate.open({ words });
    await again.until(/» backup cedar-home [█─]{5} \d+ %/);
    again.press('o');
    await again.until(/▸ » running +backup cedar-home .*[█─]{10} \d+ % .*iB of .*iB · .*iB\/s · \d+s left/);
    await again.until(/● ok +backup cedar-home/);
    expect((await estate.entries({ action: 'backup', phase: 'outcome' })).at(-1)?.outcome?.status).toBe('ok');
  });
});
