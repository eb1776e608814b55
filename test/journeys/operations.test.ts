import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LivingEstate, type LivingTerminal, livingEstate } from '../terminal/living.ts';

const tenant = 'maple-toys';
let estate: LivingEstate;
let terminal: LivingTerminal;

beforeAll(async () => {
  estate = await livingEstate({ tenants: 6 });
  terminal = estate.open();
  await terminal.until(/● 6 .*● k8s .*● pg/);
});
afterEach(() => estate.hold(tenant, null));
afterAll(() => estate?.close());

async function ends(action: string, status: string): Promise<void> {
  await vi.waitFor(
    async () =>
      expect((await estate.entries({ action })).at(-1)).toMatchObject({ phase: 'outcome', outcome: { status } }),
    { timeout: 60_000, interval: 100 },
  );
}

describe('the list of operations', { timeout: 120_000 }, () => {
  it('stops one that runs: what it has written is said, and nothing more', async () => {
    terminal.press(`:restart ${tenant} --group web --reason "memory grows"\r`);
    await terminal.shows('y does it');
    estate.hold(tenant, { notReady: {} });
    await terminal.agrees('y');
    await terminal.until(new RegExp(`» restart ${tenant}`));
    terminal.press('o');
    await terminal.until(new RegExp(`▸ » running +restart ${tenant}`));
    await terminal.until(/[─█]{10} \d\/\d/);
    terminal.press('x');
    await terminal.shows('it is asked to end between two steps');
    await terminal.until(new RegExp(`unknown +restart ${tenant}`));
    await terminal.shows('stopped watching');
    await ends('restart', 'unknown');
  });

  it('takes back what it did with u, and says whose way back it is', async () => {
    terminal.press('\u001b');
    const { replicas } = estate.web(tenant);
    terminal.press(`:scale ${tenant} --web +1 --reason "queue at the tills"\r`);
    await terminal.shows(`spec.replicas  ${replicas}  →  ${replicas + 1}`);
    await terminal.agrees('y');
    await terminal.until(new RegExp(`● scale ${tenant}: ok`));
    expect(estate.web(tenant).replicas).toBe(replicas + 1);
    terminal.press('o');
    await terminal.until(new RegExp(`▸ ● ok +scale ${tenant}`));
    terminal.press('u');
    await terminal.shows('Undo: scale', `spec.replicas  ${replicas + 1}  →  ${replicas}`, 'Reason: ▏');
    await terminal.types('the queue is gone');
    terminal.press('\r');
    await terminal.until(/y does it|Type .* to do it/);
    if (terminal.text().includes('y does it')) {
      await terminal.agrees('y');
    } else {
      await terminal.types(tenant);
      terminal.press('\r');
    }
    await vi.waitFor(() => expect(estate.web(tenant).replicas).toBe(replicas), 30_000);
    await ends('scale', 'ok');
    await terminal.until('nothing runs');
  });

  it('refuses to take back what somebody has changed since, and says so', async () => {
    terminal.press('\u001b');
    const { replicas } = estate.web(tenant);
    terminal.press(`:scale ${tenant} --web +1 --reason "queue at the tills"\r`);
    await terminal.agrees('y');
    await vi.waitFor(() => expect(estate.web(tenant).replicas).toBe(replicas + 1), 30_000);
    await ends('scale', 'ok');
    terminal.press('o');
    await terminal.until('nothing runs');
    estate.scaleBehindTill(tenant, replicas + 2);
    const known = (await estate.entries()).length;
    terminal.press('u');
    await terminal.until(/the world has moved on: .* was left at \d and is \d now/);
    expect(terminal.text()).not.toContain('does it');
    expect(await estate.entries()).toHaveLength(known);
    expect(estate.web(tenant).replicas).toBe(replicas + 2);
  });
});

const three = ['cedar-home', 'harbour-shoes', tenant];

describe('several tenants at once', { timeout: 120_000 }, () => {
  it('are marked with Space, asked about by their count, and end each for itself', async () => {
    terminal.press('\u001b');
    await terminal.shows('TENANT');
    // Sorted by name: cedar-home, harbour-shoes, kaffe-te, lumen-books, maple-toys, north-outdoor.
    terminal.press('Ng  jj ');
    await terminal.shows('3 marked');
    terminal.press('s');
    await terminal.shows(':scale ');
    terminal.press('+1 --reason "Friday"\r');
    await terminal.shows('Scale 3 tenants', 'asked first, it would take each of them');
    await terminal.agrees('y');
    await terminal.until(/» .*running: scale/);
    terminal.press('o');
    for (const name of three) {
      await terminal.until(new RegExp(`● ok +scale ${name}`));
    }
    await terminal.until('nothing runs');
    const outcomes = (await estate.entries({ action: 'scale', phase: 'outcome' })).slice(-3);
    expect(outcomes.map(({ target }) => target?.tenants[0]).toSorted()).toEqual(three);
    expect(outcomes.map(({ outcome }) => outcome?.status)).toEqual(['ok', 'ok', 'ok']);
  });
});

describe('the ledger', { timeout: 60_000 }, () => {
  it('is read with :audit, filtered by words, and shows an entry whole', async () => {
    terminal.press('\u001b:audit\r');
    await terminal.shows('Ledger', 'newest first', 'intent scale');
    terminal.press('/');
    terminal.press('stopped watching');
    await terminal.until(/1 shown/);
    terminal.press('\r\r');
    await terminal.shows('Entry', `outcome restart ${tenant}`, 'outcome.status', 'unknown');
    terminal.press('\u001b');
    await terminal.shows('/ stopped watching');
    terminal.press('\u001b');
    await terminal.until(/Ledger +\d+ entries, newest first/);
  });
});

describe('an estate that is READ-ONLY', { timeout: 120_000 }, () => {
  it('keeps its keys in sight and says how to write; --write opens it for one run, named in header and ledger', async () => {
    const path = estate.otherEstate('mode: READ-WRITE', 'mode: READ-ONLY');
    const looking = estate.open({ columns: 80, rows: 24, words: ['--estate', path] });
    await looking.until(/READ-ONLY/);
    await looking.until(/\(s scale\)/);
    await looking.until(/● 6 /);
    await looking.untilGone(/last picture|so far/);
    looking.press('s');
    await looking.shows('READ-ONLY: till --write opens it for one run, mode: READ-WRITE for good');
    looking.press(`:restart ${tenant} --group web --reason "memory grows"\r`);
    await looking.shows('✖ Refused mode READ-ONLY', 'It cannot be done now, and nothing was.');
    looking.press('\u001b');
    await looking.untilGone('Esc leaves');
    looking.press('q');
    expect((await looking.exited).exitCode).toBe(0);

    const writing = estate.open({ columns: 80, rows: 24, words: ['--write', '--estate', path] });
    await writing.until(/READ-WRITE by --write/);
    await writing.until(/● 6 /);
    await writing.untilGone(/last picture|so far/);
    writing.press(`:restart ${tenant} --group web --reason "memory grows"\r`);
    await writing.agrees('y');
    await ends('restart', 'ok');
    expect((await estate.entries({ action: 'restart', phase: 'intent' })).at(-1)?.plan?.mode).toMatch(/READ-WRITE/);
    expect((await estate.person.run('status', '--write')).code).toBe(2);
  });
});
