import { openDuty } from '#actions/access/credentials/duty.ts';
import { end, unretired } from '#actions/access/credentials/end.ts';
import { type Grant, statusAt } from '#ledger/access/grant.ts';
import { type AgentDuty, type AgentWorld, told } from '../duty.ts';

const over = new Set(['expired', 'ended', 'revoked', 'failed']);

/** Whatever a grant that is over was given is taken away, at once and whoever ended it; that its time is over is recorded. */
export const duty: AgentDuty = {
  name: 'end',
  everyMs: 0,
  async due(world) {
    const state = await world.ledger.state();
    const now = await world.now();
    const isOpen = ({ grant }: Grant) =>
      (['access-mint', 'access-end'] as const).some(
        (action) => openDuty(state, { action, subject: { grant } }) !== null,
      );
    return [...state.grants.values()]
      .filter((grant) => over.has(statusAt(grant, now)))
      .filter((grant) => grant.status === 'active' || unretired(grant).length > 0 || isOpen(grant))
      .map((grant) => ({ subject: grant.grant, run: () => ended(grant, world) }));
  },
};

async function ended(grant: Grant, world: AgentWorld): Promise<string | null> {
  if (grant.status === 'active') {
    await world.ledger.append({ kind: 'grant', phase: 'expire', grant: grant.grant, reason: 'its time is over' });
  }
  const now = (await world.ledger.state()).grants.get(grant.grant) ?? grant;
  // A mint that died may have made what it could not record: what is there is looked for whenever anything could be.
  return told(await end(now, world));
}
