import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LivingTerminal } from '../terminal/living.ts';
import { aTeam, type Team } from './team.ts';

let team: Team;
let alice: LivingTerminal;
let bob: LivingTerminal;

const patience = { timeout: 60_000, interval: 50 };

beforeAll(async () => {
  team = await aTeam();
  for (const [login, ...words] of [
    ['lea', 'propose', '--reason', 'as agreed'],
    ['lea', 'approve'],
    ['leo', 'approve'],
  ] as const) {
    const { code, err } = await team.run(login, 'access', 'policy', ...words, '--yes');
    expect(code, err).toBe(0);
  }
  alice = team.console('alice');
  bob = team.console('bob', { columns: 80, rows: 24 });
  await alice.until(/● 4 .*● k8s .*● pg/);
  await bob.until('● 4');
}, 180_000);
afterAll(() => team?.close());

/** Where the countdown stands, in seconds; null when it does not count. */
function elevated(terminal: LivingTerminal): number | null {
  const [, minutes, seconds] = /ELEVATED (\d\d):(\d\d) left/u.exec(terminal.text()) ?? [];
  return minutes === undefined ? null : Number(minutes) * 60 + Number(seconds);
}

describe('two consoles on one ledger', { timeout: 180_000 }, () => {
  it('an action without a grant leads to the request for it, in the words of the command', async () => {
    await alice.shows('READ-ONLY');
    alice.press(':restart maple-toys --group web --reason "memory grows"\r');
    await alice.until(/restart on maple-toys needs a grant/);
    await alice.shows('till access request --for 30m --tenants maple-toys --actions restart', 'n asks for access');
    await vi.waitUntil(() => {
      alice.press('n');
      return alice.text().includes('Ask for access');
    }, patience);
    await alice.shows('Tenants  maple-toys', 'Actions  restart', 'For      30m', 'Reason   memory grows');
    alice.press('\r');
    await alice.shows('Permits   restart', 'Needs     1 of sre', 'y asks for it');
    await presses(alice, 'y', 'y asks for it');
    await alice.until('● asked; it waits for 1 of sre');
    expect((await team.entries({ kind: 'grant' })).map(({ phase }) => phase)).toEqual(['request']);
  });

  it('the other one sees it come, and what it permits before it is approved', async () => {
    await bob.until(/→ 1/);
    await bob.until('→ alice asks for restart on maple-toys: a shows it');
    bob.press('a');
    await bob.shows('→ approve: sre', 'alice', 'memory grows');
    bob.press('\r');
    await bob.shows('Permits   restart', 'maple-toys', 'asked for by alice', 'Missing   1 of sre');
    bob.press('a');
    await bob.shows('Approve for sre: alice', 'Comment (if any): ▏');
    await bob.types('seen the graphs');
    bob.press('\r');
    await presses(bob, 'y', 'y approves it for sre');
    await bob.until(/● approved for sre; nothing is missing: alice may start it/);
  });

  it('it is started, and the header counts down', async () => {
    await alice.until('● your request was approved: a, then s, starts its clock');
    alice.press('a');
    await alice.shows('◆ approved', 'alice may start it');
    alice.press('s');
    await alice.shows('Start: alice', 'y starts its clock');
    await presses(alice, 'y', 'y starts its clock');
    await alice.until(/ELEVATED 29:\d\d left/);
    const first = elevated(alice) ?? 0;
    await vi.waitFor(() => expect(elevated(alice)).toBeLessThan(first), patience);
    // The approver's console has nothing more for it.
    await bob.until(/READ-ONLY/);
  });

  it('what it permits is done, and the ledger names the grant with it', async () => {
    alice.press('\u001b');
    await alice.shows('TENANT');
    alice.press(':restart maple-toys --group web --reason "memory grows"\r');
    await alice.agrees('y');
    await alice.until(/● restart maple-toys: ok/);
    const [request] = await team.entries({ kind: 'grant', phase: 'request' });
    const [intent] = await team.entries({ kind: 'operation', phase: 'intent' });
    expect(intent).toMatchObject({ action: 'restart', grant: request?.grant, actor: { asserted: { login: 'alice' } } });
  });

  it('nothing else is: another tenant needs another grant', async () => {
    alice.press(':restart cedar-home --group web --reason "memory grows"\r');
    await alice.until(/restart on cedar-home needs a grant/);
    await alice.shows('It cannot be done now, and nothing was.');
    alice.press('\u001b');
    await alice.untilGone('It cannot be done now');
  });

  it('revoked from the other console it is READ-ONLY again, and refused', async () => {
    expect(elevated(alice)).not.toBeNull();
    bob.press('r');
    await bob.shows('Revoke: alice', 'Reason (if any): ▏');
    await bob.types('laptop stolen');
    bob.press('\r');
    await presses(bob, 'y', 'y takes it away now');
    await alice.until(/READ-ONLY/);
    await alice.shows('⊘ your grant was revoked');
    expect(elevated(alice)).toBeNull();
    alice.press(':restart maple-toys --group web --reason "memory grows"\r');
    await alice.until(/restart on maple-toys needs a grant/);
    alice.press('\u001b');
    await alice.untilGone('It cannot be done now');
    await bob.until(/⊘ revoked/);
    await bob.shows('request by alice: memory grows', 'revoke by bob: laptop stolen');
  });
});

describe('break-glass', { timeout: 180_000 }, () => {
  it('opens for a reason and a name typed out, and stands on the other console at once', async () => {
    alice.press('\u001b:access break-glass --for 20s --tenants maple-toys --actions restart\r');
    await alice.shows('! BREAK GLASS', 'Reason   ▏');
    alice.press('tills are down\r');
    await alice.shows('nobody beforehand', 'Type maple-toys to do it: ▏');
    await alice.types('maple-toys');
    alice.press('\r');
    await alice.until(/ELEVATED 00:\d\d left/);
    await alice.shows('! BREAK-GLASS 00:');
    await bob.until(/! BREAK-GLASS 00:\d\d {2}alice: restart on maple-toys: tills are down/);
  });

  it('is over by itself, without a key or a word, and waits for its review', async () => {
    await alice.untilGone('ELEVATED');
    await alice.shows('READ-ONLY', '! REVIEW');
    expect((await team.entries({ kind: 'grant' })).at(-1)?.phase).toBe('notify');
    bob.press('\u001b');
    await bob.shows('! REVIEW', '! to review');
    bob.press('v');
    await bob.shows('bob is not in leads, who review break-glass');
  });

  it('until somebody who reviews has closed it', async () => {
    const lea = team.console('lea', { columns: 200, rows: 60 });
    await lea.until(/→ 1 waits for you/);
    lea.press('a');
    await lea.shows('→ review');
    lea.press('v');
    await lea.shows('Review of break-glass by alice', 'Note: ▏');
    await lea.types('tills were down');
    lea.press('\r');
    await presses(lea, 'j', 'j it was justified');
    await lea.untilGone('! REVIEW');
    await alice.untilGone('! REVIEW');
    await bob.untilGone('! REVIEW');
  });
});

describe('the ledger on the screen', { timeout: 60_000 }, () => {
  it('shows its head: a number and a hash to hold against another’s', async () => {
    alice.press(':audit\r');
    await alice.shows('grant review', 'grant revoke', 'policy approve');
    const [head] = (await team.entries()).filter(({ kind }) => kind === 'grant').slice(-1);
    expect(alice.text()).toMatch(/head \d+ · [0-9a-f]{16}/u);
    expect(Number(/head (\d+)/u.exec(alice.text())?.[1])).toBeGreaterThanOrEqual(head?.seq ?? 0);
  });
});

describe('a ledger that goes away', { timeout: 120_000 }, () => {
  it('is said on every screen; what takes away goes on, and nothing else', async () => {
    bob.press('\u001b\u001b:access\r');
    await bob.shows('Access', 'STATUS');
    await team.losesLedger();
    await bob.until(/\? ledger away: only revoke, lock, freeze work/);
    await alice.until(/\? ledger away: only revoke, lock, freeze work/);
    bob.press('n');
    await bob.until(/^ ledger away: only revoke, lock, freeze work/mu);
    bob.press('L');
    await bob.shows('Lock alice', 'Reason: ▏');
    await bob.types('laptop stolen');
    bob.press('\r');
    await bob.shows('Type alice to do it: ▏');
    await bob.types('alice');
    bob.press('\r');
    await bob.until(/● alice is locked: none of their grants works now/);
    await bob.until(/✖ locked: alice/);
  });
});

/** Presses the key that a question asks for, again until it is taken: it ignores what comes before it can be seen. */
async function presses(terminal: LivingTerminal, key: string, words: string): Promise<void> {
  await terminal.shows(words);
  await vi.waitUntil(
    () => {
      const isTaken = !terminal.text().includes(words);
      if (!isTaken) {
        terminal.press(key);
      }
      return isTaken;
    },
    { timeout: 20_000, interval: 100 },
  );
}
