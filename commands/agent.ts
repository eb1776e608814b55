import type { Command } from '#grammar/command.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

export const command: Command = {
  name: 'agent',
  summary:
    'Mint and end credentials of grants, sweep what is left over, finish what a dead console left: until stopped',
  examples: [
    { line: 'till agent', note: 'leads by the Lease till-system/till-agent of the first cluster, or waits for it' },
    { line: 'till agent --health 127.0.0.1:8780', note: 'with /healthz; `till manifests agent` prints its Deployment' },
  ],
  flags: [
    {
      name: 'lease',
      value: 'NAMESPACE/NAME',
      summary: 'the Lease that says which agent leads; till-system/till-agent when left out',
    },
    {
      name: 'lease-cluster',
      value: 'CLUSTER',
      summary: "the Lease's cluster; the estate's first when left out",
      completion: 'cluster',
    },
    { name: 'health', value: 'HOST:PORT', summary: 'answer /healthz there' },
  ],
  group: 'machine',
  cleanUpSeconds: 25,
  async run(invocation) {
    const { io } = invocation;
    const estate = await invocation.estate();
    const [namespace = '', name = ''] = (invocation.value('lease') ?? 'till-system/till-agent').split('/');
    if (namespace === '' || name === '') {
      throw new TillError('--lease takes a namespace and a name: till-system/till-agent', {
        exit: exitCodes.usage,
        reason: 'lease-invalid',
      });
    }
    const { runAgent } = await import('#agent/agent.ts');
    // One that a sandbox has started ends with it, however that ends.
    const alone = new AbortController();
    process.once('disconnect', () => alone.abort());
    const end = await runAgent({
      estate,
      clock: io.clock,
      env: io.env,
      lease: { cluster: invocation.value('lease-cluster'), namespace, name },
      health: placeOf(invocation.value('health')),
      signal: AbortSignal.any([io.signal, alone.signal]),
      log: (event) => io.out(`${JSON.stringify({ at: new Date(io.clock.now()).toISOString(), ...event })}\n`),
    });
    // Started anew by whoever keeps it running: it then waits for the Lease with nothing in hand.
    return end === 'lost' ? exitCodes.failed : exitCodes.ok;
  },
};

function placeOf(text: string | undefined): { readonly host: string; readonly port: number } | null {
  if (text === undefined) {
    return null;
  }
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '' || Number(port) > 65_535) {
    throw new TillError('--health takes an address and a port: 127.0.0.1:8780', {
      exit: exitCodes.usage,
      reason: 'address-invalid',
      target: text,
    });
  }
  return { host, port: Number(port) };
}
