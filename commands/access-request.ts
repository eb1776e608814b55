import { activate } from '#actions/access/deeds.ts';
import { standingOfGrant } from '#actions/access/open.ts';
import { askFor } from '#actions/access/request.ts';
import type { Command } from '#grammar/command.ts';
import { formatOf } from '#grammar/output.ts';
import { seconds } from '#grammar/seconds.ts';
import { needsWords } from '#policy/access/needs-words.ts';
import { exitCodes } from '#text/till-error.ts';
import { awaitDecision, exitOfGrant } from './accessing/await-decision.ts';
import { wishFlags, wishOf } from './accessing/wished.ts';
import { keyHere, printGrant, withAccess } from './accessing/with-access.ts';

export const command: Command = {
  name: 'access request',
  summary: 'Ask to be allowed certain actions on certain tenants for a while',
  examples: [
    {
      line: 'till access request --for 45m --tenants maple-toys --actions scale,restart --reason "queue is long"',
      note: 'what it waits for is printed with its id',
    },
    {
      line: 'till access request --for 30m --tenants "shop-*" --actions scale --reason INC-1 --wait=5m --activate -o json',
      note: 'a script: 0 active, 4 denied, 6 still pending, 7 the ledger is away',
    },
    {
      line: 'till access request --for 2h --plan 9f1c… --tenants maple-toys --actions rollback --reason CHG-12',
      note: 'one plan, once: --dry-run of the action prints its digest',
    },
  ],
  flags: [
    ...wishFlags,
    { name: 'from', value: 'INSTANT', summary: 'not before: RFC 3339, or +4h', environment: false },
    {
      name: 'plan',
      value: 'DIGEST',
      summary: 'only the plan with this digest; once, unless --uses',
      environment: false,
    },
    { name: 'uses', value: 'N', summary: 'at most so many operations', environment: false },
    { name: 'wait', value: 'DURATION', bare: '5m', summary: 'wait for the decision', environment: false },
    { name: 'activate', summary: 'start its clock as soon as it is approved', environment: false },
  ],
  exits: [
    { code: exitCodes.ok, when: 'asked; with --wait: approved, with --activate: active' },
    { code: exitCodes.refused, when: 'the policy forbids it, or it was denied, withdrawn or has lapsed' },
    { code: exitCodes.timedOut, when: 'with --wait: still pending' },
    { code: exitCodes.unreachable, when: 'the ledger is away' },
  ],
  async run(invocation) {
    const { io } = invocation;
    const waitSeconds = seconds(invocation, 'wait');
    return await withAccess(invocation, async (desk) => {
      const wish = await wishOf(invocation, command, desk.estate);
      const asked = await askFor(
        { ...wish, breaksGlass: false, extends: null, key: keyHere(desk.estate, io.env) },
        desk,
      );
      const id = asked.grant;
      io.err(`grant ${id}\n`);
      let decided = await awaitDecision(id, (waitSeconds ?? 0) * 1000, desk, io);
      if (invocation.given('activate') && isReady(decided)) {
        await activate(id, desk);
        decided = await awaitDecision(id, 0, desk, io);
      }
      await printGrant(decided.grant, decided.access, invocation);
      if (formatOf(invocation) === 'table') {
        io.err(nextWords(decided));
      }
      return waitSeconds === null && !invocation.given('activate') ? exitCodes.ok : exitOfGrant(decided);
    });
  },
};

type Decided = Awaited<ReturnType<typeof awaitDecision>>;

function isReady({ grant, access }: Decided): boolean {
  const { status, missing } = standingOfGrant(grant, access);
  return status === 'approved' && missing.length === 0;
}

function nextWords({ grant, access }: Decided): string {
  const { status, missing } = standingOfGrant(grant, access);
  if (status === 'approved' && missing.length === 0) {
    return `next: till access activate ${grant.grant}\n`;
  }
  return missing.length === 0 ? '' : `next: ${needsWords(missing)} type till access approve ${grant.grant}\n`;
}
