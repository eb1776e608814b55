import { joinedTables } from '#estate/grants.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { signals } from '#health/signals/index.ts';
import { startChild } from '#sandbox/daemon/child.ts';
import { startDaemon } from '#sandbox/daemon/daemon.ts';
import { lifetime, serveAsChild } from '#sandbox/daemon/serve.ts';
import { makePrivateFolder, sandboxFolder } from '#sandbox/folder.ts';
import { defaultSeed, defaultTenants } from '#sandbox/private.ts';
import { type ExitCode, exitCodes, TillError } from '#text/till-error.ts';

const mostTenants = 2000;

export const command: Command = {
  name: 'sandbox up',
  summary: 'Start a living estate on this machine: Kubernetes API, PostgreSQL, Redis, shops that sell',
  examples: [
    { line: 'till sandbox up --detach', note: 'in the background; till --sandbox then works on it' },
    {
      line: 'till sandbox up --team --detach',
      note: 'you are operator; approve with --estate=<its folder>/team/alice.yaml',
    },
    { line: 'till sandbox up --tenants 48', note: 'in the foreground, until Ctrl-C' },
  ],
  flags: [
    { name: 'tenants', value: 'N', summary: `how many tenants; ${defaultTenants} when left out`, environment: false },
    { name: 'seed', value: 'S', summary: 'the number that all chance follows from', environment: false },
    {
      name: 'team',
      summary: 'with a ledger in PostgreSQL, people to approve as (alice, bob), a policy in force and an agent',
      environment: false,
    },
    { name: 'detach', summary: 'return once it is ready, and leave it up', environment: false },
  ],
  cleanUpSeconds: 15,
  async run(invocation) {
    const { io, given } = invocation;
    const folder = sandboxFolder(io.env);
    const options = {
      folder,
      tenants: numberOf(invocation, 'tenants', defaultTenants, mostTenants),
      seed: numberOf(invocation, 'seed', defaultSeed, 2 ** 31 - 1),
      team: given('team'),
    };
    const tables = joinedTables(
      signals.flatMap((signal) => (signal.from === 'database' ? [signal.query.columns] : [])),
    );
    const kind = lifetime(io.env);
    if (kind !== null) {
      await serveAsChild(kind, { ...options, tables });
      return exitCodes.ok;
    }
    const progress = (line: string) => io.err(`${line}\n`);
    if (given('detach')) {
      await makePrivateFolder(folder);
      const { process: child } = await startChild({ ...options, lifetime: 'detached', progress, signal: io.signal });
      child.unref();
      if (child.connected) {
        child.disconnect();
      }
      io.err('ready: till --sandbox, or eval "$(till sandbox env)" for kubectl and psql; till sandbox down ends it\n');
      return exitCodes.ok;
    }
    return await inForeground(invocation, () => startDaemon({ ...options, tables, progress, signal: io.signal }));
  },
};

async function inForeground({ io }: Invocation, start: () => ReturnType<typeof startDaemon>): Promise<ExitCode> {
  const daemon = await start();
  const stopped = new Promise<null>((resolve) =>
    io.signal.addEventListener('abort', () => resolve(null), { once: true }),
  );
  if (!io.signal.aborted) {
    io.err('ready: till --sandbox in another terminal; Ctrl-C ends it\n');
  }
  const broken = io.signal.aborted ? null : await Promise.race([daemon.over, stopped]);
  await daemon.close();
  if (broken !== null) {
    throw new TillError(`the sandbox has ended: ${broken}`, { exit: exitCodes.failed, reason: 'sandbox-broken' });
  }
  return exitCodes.ok;
}

function numberOf({ value }: Invocation, flag: string, usual: number, most: number): number {
  const text = value(flag);
  if (text === undefined) {
    return usual;
  }
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= 1 && number <= most)) {
    throw new TillError(`--${flag} takes a number from 1 to ${most}, not ${JSON.stringify(text)}`, {
      exit: exitCodes.usage,
      reason: 'bad-value',
      target: `--${flag}`,
    });
  }
  return number;
}
