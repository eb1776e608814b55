import { secretsOf } from '#actions/context.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { ledgerServer } from '#ledger/open.ts';
import { plannedSetup, type Setup, setUp } from '#ledger/postgres/setup/run.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { ask } from './acting/ask.ts';

const passwordVariable = 'TILL_LEDGER_ADMIN_PASSWORD';

export const command: Command = {
  name: 'ledger setup',
  summary: 'Make a PostgreSQL database ready to hold the ledger, or bring it to this version',
  examples: [
    { line: 'till ledger setup --print', note: 'the SQL, for whoever would rather run it themselves' },
    { line: 'till ledger setup --admin postgres --grant alice --grant bob', note: 'shows the SQL, asks, and runs it' },
    { line: 'till ledger setup --grant-reader auditor', note: 'who may read, and nothing else' },
  ],
  flags: [
    { name: 'print', summary: 'print the SQL and do nothing' },
    {
      name: 'admin',
      value: 'LOGIN',
      summary: `who sets it up: may make roles; PGUSER when left out. The password comes from ${passwordVariable} or PGPASSWORD`,
    },
    { name: 'grant', value: 'LOGIN', multiple: true, summary: 'may write to the ledger: everybody who uses till' },
    { name: 'grant-reader', value: 'LOGIN', multiple: true, summary: 'may read it, tables included: an auditor' },
    { name: 'grant-agent', value: 'LOGIN', multiple: true, summary: 'may also activate and end grants: the agent' },
    { name: 'yes', short: 'y', summary: 'run it without asking', environment: false },
  ],
  exits: [
    { code: exitCodes.ok, when: 'it is ready; run again, it changes nothing' },
    {
      code: exitCodes.refused,
      when: 'the server is too old, the database is not in UTF8, or its schema is newer than this till',
    },
    { code: exitCodes.confirmationMissing, when: 'not confirmed' },
    { code: exitCodes.unreachable, when: 'the server is away, or does not let the administrator in' },
  ],
  async run(invocation) {
    const { io } = invocation;
    const server = await serverOf(invocation);
    const setup = await plannedSetup(server, {
      writer: invocation.values('grant'),
      reader: invocation.values('grant-reader'),
      agent: invocation.values('grant-agent'),
    });
    const text = [setup.create, setup.sql].filter((part) => part !== null).join('\n');
    if (invocation.given('print')) {
      await printOne(invocation, {
        kind: 'LedgerSetup',
        fields: { ...setup },
        name: server.database,
        text: () => text,
      });
      return exitCodes.ok;
    }
    io.err(`${text}\n${summary(setup, `${server.host}:${server.port}/${server.database}`)}\n`);
    if (!(await isAgreed(invocation))) {
      return exitCodes.confirmationMissing;
    }
    await setUp(server, setup);
    io.err(`the ledger at ${server.host}:${server.port}/${server.database} is ready, schema version ${setup.to}\n`);
    return exitCodes.ok;
  },
};

async function serverOf(invocation: Invocation) {
  const { io } = invocation;
  const estate = await invocation.estate();
  const named = ledgerServer(estate, io.env, secretsOf(estate, io.clock, io.env));
  if (named === null) {
    throw new TillError('the estate names no server for its ledger', {
      ...{ exit: exitCodes.usage, reason: 'no-ledger-server', target: 'ledger.postgres' },
      next: 'add `ledger: {postgres: {host: …}}` to estate.yaml; without it the ledger is a file and needs no setting up',
    });
  }
  const user = invocation.value('admin') ?? io.env['PGUSER'] ?? named.user;
  const own = user === named.user ? named.password : async () => undefined;
  return { ...named, user, password: async () => io.env[passwordVariable] ?? io.env['PGPASSWORD'] ?? (await own()) };
}

function summary({ create, from, to }: Setup, where: string): string {
  const what =
    from === 0
      ? `lays out version ${to}`
      : from === to
        ? `puts version ${to} in place again`
        : `goes from version ${from} to ${to}`;
  return `-- on ${where}: ${create === null ? '' : 'makes the database, '}${what}, as one transaction`;
}

async function isAgreed(invocation: Invocation): Promise<boolean> {
  const { io } = invocation;
  if (invocation.given('yes')) {
    return true;
  }
  if (io.stdinIsTTY && io.stderrIsTTY) {
    return ask({ kind: 'yes' }, io);
  }
  throw new TillError('setting up the ledger has to be confirmed', {
    ...{ exit: exitCodes.confirmationMissing, reason: 'confirmation-missing' },
    next: '--yes confirms it; --print only shows it',
  });
}
