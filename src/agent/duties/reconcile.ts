import { openContext } from '#actions/context.ts';
import { reconcile } from '#actions/reconcile.ts';
import type { AgentDuty } from '../duty.ts';

/** Operations whose console or worker has died get the end that their targets show (design §4). */
export const duty: AgentDuty = {
  name: 'reconcile',
  everyMs: 15_000,
  async due(world) {
    const { estate, clock, env } = world;
    return [
      {
        subject: 'operations',
        async run() {
          const context = openContext({ estate, clock, env, write: false, tenants: [], statuses: [] });
          try {
            const found = await reconcile(context);
            return found.length === 0
              ? null
              : found.map(({ operation, action, status }) => `${action} ${operation}: ${status}`).join(', ');
          } finally {
            await context.close();
          }
        },
      },
    ];
  },
};
