import { statusAt } from '#ledger/access/grant.ts';
import type { AgentDuty } from '../duty.ts';

/** A request that nobody decided in time is closed, so that nobody approves what is long forgotten. */
export const duty: AgentDuty = {
  name: 'lapse',
  everyMs: 10_000,
  async due(world) {
    const { ledger } = world;
    const [{ grants }, now] = [await ledger.state(), await world.now()];
    return [...grants.values()]
      .filter((grant) => statusAt(grant, now) === 'lapsed' && grant.status !== 'lapsed')
      .map(({ grant }) => ({
        subject: grant,
        run: async () => {
          await ledger.append({ kind: 'grant', phase: 'lapse', grant, reason: 'nobody decided it in time' });
          return 'lapsed';
        },
      }));
  },
};
