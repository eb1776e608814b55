import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LivingEstate, type LivingTerminal, livingEstate } from './living.ts';

let estate: LivingEstate;
let terminal: LivingTerminal;

beforeAll(async () => {
  estate = await livingEstate();
  terminal = estate.open();
});
afterAll(() => estate?.close());

describe('09:41, the incident commander at the real program on a living estate', () => {
  it('sees every tenant', async () => {
    await terminal.shows('6 tenants', '● k8s', '● pg', '● redis', 'orders / 15 min');
    await terminal.until('✖ 0  ▲ 0  ● 6  ? 0');
  });

  it('sees within seconds who is hurt, and by what', async () => {
    await estate.sandbox.rehearsal.begin('lock-storm', 'harbour-shoes');
    await terminal.until(/▸ ✖ harbour-shoes .* sessions blocked/);
  });

  it('opens the tenant, and the tree of who waits for whom', async () => {
    terminal.press('\r');
    await terminal.shows('harbour-shoes  ✖ critical', '✖ Blocked sessions');
    terminal.press('4');
    await terminal.shows('[Sessions]', 'idle in xact', '14 wait for it', 'UPDATE stock_quant');
    expect(terminal.text()).toMatch(/✖ \d+ +14/);
  });

  it('sees that it is over', async () => {
    await estate.sandbox.rehearsal.end('lock-storm', 'harbour-shoes');
    terminal.press('\u001b');
    await terminal.untilGone('sessions blocked');
  });

  it('leaves, and finds the last picture at once when coming back', async () => {
    terminal.press('q');
    expect((await terminal.exited).exitCode).toBe(0);
    expect(terminal.modes()).toEqual({ alternate: false, wraparound: true, bracketedPaste: false });
    terminal = estate.open();
    await terminal.shows('harbour-shoes', '6 tenants');
    expect(terminal.output()).toContain('last picture');
    await terminal.untilGone('last picture');
    terminal.press('q');
    expect((await terminal.exited).exitCode).toBe(0);
  });
});
