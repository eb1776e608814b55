import type { Command } from '#grammar/command.ts';
import { printList } from '#grammar/output.ts';
import { rehearse } from '#sandbox/daemon/client.ts';
import { scenarios } from '#sandbox/scenarios/index.ts';
import { exitCodes } from '#text/till-error.ts';

export const command: Command = {
  name: 'sandbox scenario',
  summary: 'Begin or end trouble to rehearse; without a name, list what there is',
  examples: [
    { line: 'till sandbox scenario', note: 'what can be rehearsed' },
    { line: 'till sandbox scenario lock-storm', note: 'begin it; till status names the tenant and the signal' },
    { line: 'till sandbox scenario lock-storm --off', note: 'and take it back' },
  ],
  arguments: [{ name: 'NAME', summary: 'the scenario', completion: 'scenario' }],
  flags: [
    { name: 'tenant', value: 'TENANT', summary: 'where, instead of the usual place', completion: 'tenant' },
    { name: 'off', summary: 'end it', environment: false },
  ],
  cleanUpSeconds: 5,
  async run(invocation) {
    const { io, value, given } = invocation;
    const [name] = invocation.arguments;
    if (name === undefined) {
      await printList(invocation, {
        kind: 'ScenarioList',
        items: scenarios.map((scenario) => ({ name: scenario.name, summary: scenario.summary })),
        columns: [
          { title: 'SCENARIO', value: ({ name: word }) => word },
          { title: 'WHAT HAPPENS', value: ({ summary }) => summary },
        ],
        name: (item) => item.name,
      });
      return exitCodes.ok;
    }
    const tenants = await rehearse(io.env, { name, tenant: value('tenant') ?? null, off: given('off') });
    const where = tenants.length === 0 ? 'nowhere' : tenants.join(', ');
    io.err(given('off') ? `${name} has ended at ${where}\n` : `${name} has begun at ${where}\n`);
    return exitCodes.ok;
  },
};
