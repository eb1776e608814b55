import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LivingEstate, type LivingTerminal, livingEstate } from '../terminal/living.ts';

let estate: LivingEstate;
let terminal: LivingTerminal;

beforeAll(async () => {
  estate = await livingEstate();
  terminal = estate.open();
}, 60_000);
afterAll(() => estate?.close());

const incident = 'release-2-5';
const allWell = /✖ 0 .*▲ 0 .*● 6 .*\? 0/;

describe('a bad release is seen, rolled back with two keys and a name, and told', { timeout: 90_000 }, () => {
  it('turns its tenant critical, and the tenant’s screen names the release', async () => {
    await terminal.until(allWell);
    await estate.sandbox.rehearsal.begin('bad-release', 'maple-toys');
    await terminal.until(/▸ ✖ maple-toys .* (?:CrashLoopBackOff|ready|503)/);
    terminal.press('\r');
    await terminal.shows('maple-toys  ✖ critical');
    await terminal.until(/maple-toys .* odoo:17\.0-2\.5\.0, odoo:17\.0-2\.4\.1/);
    terminal.press('\u001b');
    await terminal.shows('TENANT');
  });

  it('is an incident from here on, opened with its tenant pinned', async () => {
    // With the tenant under the cursor on the line already.
    terminal.press('i');
    await terminal.shows(':incident ▏ --tenant maple-toys');
    terminal.press(`open ${incident} --severity SEV1\r`);
    await terminal.shows(`Incident ${incident}`, 'open, SEV1');
    await terminal.agrees('Enter');
    await terminal.until(`! SEV1 ${incident}`);
    await terminal.until(/✖ maple-toys +!/);
  });

  it('rolls back: R, the reason, the name', async () => {
    terminal.press('R');
    await terminal.shows('Roll back maple-toys', '17.0-2.5.0', '17.0-2.4.1', 'severe', 'Reason: ▏');
    expect(terminal.text()).toMatch(/Server +ok/);
    await terminal.types('2.5.0 crashes');
    terminal.press('\r');
    await terminal.types('maple-toys');
    terminal.press('\r');
    await terminal.until(/» rollback maple-toys/);
    await terminal.until(/● rollback maple-toys: ok/);
  });

  it('sees health come back', async () => {
    await terminal.until(allWell);
    expect(terminal.text()).not.toContain('CrashLoopBackOff');
  });

  it('closes the incident, and the whole story is in the ledger', async () => {
    terminal.press(`:incident close ${incident} "bad release, rolled back"\r`);
    await terminal.agrees('Enter');
    await terminal.untilGone(`! SEV1 ${incident}`);
    const { code, out, err } = await estate.person.run('incidents', 'show', incident);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const story = [
      `${incident}  SEV1  closed`,
      'maple-toys',
      `incident open: ${incident}`,
      'rollback intent on maple-toys: 2.5.0 crashes',
      'rollback outcome on maple-toys ok: odoo-web',
      'bad release, rolled back',
    ];
    expect(story.filter((part) => !out.includes(part))).toEqual([]);
    const places = story.slice(2).map((part) => out.indexOf(part));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    const verified = await estate.person.run('audit', 'verify', '--chain');
    expect(verified.code).toBe(0);
  });
});
