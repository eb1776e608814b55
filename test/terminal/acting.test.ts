import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LivingEstate, type LivingTerminal, livingEstate } from './living.ts';

let estate: LivingEstate;
let terminal: LivingTerminal;

beforeAll(async () => {
  estate = await livingEstate();
  terminal = estate.open();
});
afterAll(() => estate?.close());

describe('09:43, the lock storm is ended from the console', () => {
  it('plans to end the session at the head of the tree, and says whose it is', async () => {
    await terminal.until('✖ 0  ▲ 0  ● 6  ? 0');
    await estate.sandbox.rehearsal.begin('lock-storm', 'harbour-shoes');
    await terminal.until(/▸ ✖ harbour-shoes .* sessions blocked/);
    // What is typed ahead of the question is not its answer.
    terminal.press('Kharbour-shoes\r');
    await terminal.shows('Terminate session harbour-shoes', 'Changes', 'pg_terminate_backend', 'severe', 'Reason: ▏');
    expect(terminal.text()).not.toContain('begun');
  });

  it('does nothing for a wrong name, and for the right one only with a reason', async () => {
    await terminal.types('orders stand still');
    terminal.press('\r');
    await terminal.shows('Reason: orders stand still', 'Type harbour-shoes to do it: ▏');
    terminal.press('maple-toys\r');
    await terminal.shows('that is not harbour-shoes; nothing was done');
    terminal.press('\u0015harbour-shoes\r');
    await terminal.until(/● terminate-session harbour-shoes: ok/);
  });

  it('sees the sessions go and the tenant well again', async () => {
    await terminal.until('✖ 0  ▲ 0  ● 6  ? 0');
    expect(terminal.text()).not.toContain('sessions blocked');
  });

  it('finds it among the operations, and the whole story in the ledger', async () => {
    terminal.press('o');
    await terminal.shows('Operations', '● ok', 'terminate-session harbour-shoes');
    terminal.press('\r');
    await terminal.shows('Ledger of', 'intent terminate-session harbour-shoes', 'outcome', 'orders stand still');
    terminal.press('G\r');
    await terminal.shows('Entry', 'plan.digest', 'reason', 'orders stand still');
    terminal.press('q');
    expect((await terminal.exited).exitCode).toBe(0);
  });
});
