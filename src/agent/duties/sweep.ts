import { nameOf, orphans, sweep } from '#actions/access/credentials/sweep.ts';
import { type AgentDuty, told } from '../duty.ts';

/** What is there of no grant in force is removed, wherever it comes from. */
export const duty: AgentDuty = {
  name: 'sweep',
  everyMs: 60_000,
  due: async (world) => [
    {
      subject: 'orphans',
      async run() {
        const { found, faults } = await orphans(world);
        const done = found.length === 0 ? null : told(await sweep(found, world));
        if (faults.length > 0) {
          throw new Error(
            `${found.length === 0 ? '' : `removed ${found.map(nameOf).join(', ')}; `}not everywhere: ${faults.join('; ')}`,
          );
        }
        return done;
      },
    },
  ],
};
