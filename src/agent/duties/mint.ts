import { openDuty } from '#actions/access/credentials/duty.ts';
import { failedToMint } from '#actions/access/credentials/fail.ts';
import { lackedBy, mint } from '#actions/access/credentials/mint.ts';
import { type Grant, statusAt } from '#ledger/access/grant.ts';
import { type AgentDuty, type AgentWorld, told } from '../duty.ts';

/** An active grant gets what it lacks: at activation, when the agent comes back, and before a token of it runs out. */
export const duty: AgentDuty = {
  name: 'mint',
  everyMs: 0,
  async due(world) {
    const state = await world.ledger.state();
    const now = await world.now();
    const left = (grant: Grant) => openDuty(state, { action: 'access-mint', subject: { grant: grant.grant } }) !== null;
    const isActive = (grant: Grant) => statusAt(grant, now) === 'active';
    // One that died in the middle is brought to its end even when the grant is over by then.
    const concerned = [...state.grants.values()].filter((grant) => isActive(grant) || left(grant));
    const lacking = await Promise.all(
      concerned.map(async (grant) => ({ grant, lacks: isActive(grant) ? await lackedBy(grant, world) : [] })),
    );
    return lacking
      .filter(({ grant, lacks }) => lacks.length > 0 || left(grant))
      .map(({ grant, lacks }) => ({
        subject: grant.grant,
        run: async () => await minted(grant, lacks, world),
      }));
  },
};

async function minted(
  grant: Grant,
  lacks: Awaited<ReturnType<typeof lackedBy>>,
  world: AgentWorld,
): Promise<string | null> {
  const end = await mint(grant, lacks, world);
  return end.status === 'failed' && (await failedToMint(grant.grant, end, false, world))
    ? `it has failed, and is over: ${end.message}`
    : told(end);
}
