import type { Command } from '#grammar/command.ts';
import { printList } from '#grammar/output.ts';
import { rehearse } from '#sandbox/daemon/client.ts';
import { findRunning } from '#sandbox/daemon/running.ts';
import { sandboxFolder } from '#sandbox/folder.ts';
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
      const running = (await findRunning(sandboxFolder(io.env)))?.scenarios ?? [];
      const tenantsOf = (word: string) => running.filter((each) => each.name === word).map(({ tenant }) => tenant);
      await printList(invocation, {
        kind: 'ScenarioList',
        items: scenarios.map(({ name: word, summary }) => ({ name: word, summary, tenants: tenantsOf(word) })),
        columns: [
          { title: 'SCENARIO', value: (item) => item.name },
          { title: 'RUNS AT', value: ({ tenants: at }) => (at.length === 0 ? '-' : at.join(', ')) },
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
