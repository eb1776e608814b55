import { choiceOf, chooseTenants, choosingArgument, choosingFlags } from '#grammar/choose.ts';
import type { Command } from '#grammar/command.ts';
import { exitOf, findingColumns, findingExits } from '#grammar/findings.ts';
import { printList } from '#grammar/output.ts';
import { accessFindings } from './accessing/findings.ts';

export const command: Command = {
  name: 'doctor',
  summary: 'Say what is reached, which permission or version is missing, and what till therefore cannot show',
  examples: [
    { line: 'till doctor', note: 'every system that the estate names, and every tenant database' },
    { line: 'till doctor maple-toys -o json', note: 'one tenant, for a script' },
  ],
  arguments: [choosingArgument],
  flags: choosingFlags,
  exits: findingExits,
  async run(invocation) {
    const choice = choiceOf(invocation);
    const { io } = invocation;
    const { examine } = await import('#health/doctor.ts');
    const estate = await invocation.estate();
    const systems = await examine(estate, {
      ...{ clock: io.clock, env: io.env },
      choose: (tenants) => (tenants.length === 0 ? [] : chooseTenants(tenants, choice)),
      beside: async (chosen, tenants) => {
        if (estate.backups === undefined) {
          return [];
        }
        const { examineBackups } = await import('#actions/examine-backups/examine.ts');
        return examineBackups({ estate, clock: io.clock, env: io.env, tenants }, chosen);
      },
    });
    const findings = [...systems, ...(await accessFindings(estate, io))];
    await printList(invocation, {
      kind: 'FindingList',
      items: findings,
      columns: findingColumns,
      name: (finding) => `${finding.subject} ${finding.check} ${finding.result}`,
    });
    return exitOf(findings);
  },
};
