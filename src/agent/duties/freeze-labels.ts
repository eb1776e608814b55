import { freezeLabels, labelNamespaces } from '#actions/access/credentials/freeze-labels.ts';
import { type AgentDuty, told } from '../duty.ts';

/** Namespaces bear the name of the freeze that covers them, from its first instant to its last (design §7). */
export const duty: AgentDuty = {
  name: 'freeze-labels',
  everyMs: 5_000,
  async due(world) {
    const edges = await freezeLabels(world);
    return edges.length === 0
      ? []
      : [{ subject: 'namespaces', run: async () => told(await labelNamespaces(edges, world)) }];
  },
};
