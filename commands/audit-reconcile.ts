import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { openLedger } from '#actions/context.ts';
import type { Estate } from '#estate/estate.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { printList } from '#grammar/output.ts';
import { usageError } from '#grammar/usage-error.ts';
import type { Coverage } from '#ledger/reconcile/act.ts';
import type { Finding } from '#ledger/reconcile/judge.ts';
import { knownIn } from '#ledger/reconcile/known.ts';
import { type GivenLog, type Reconciliation, reconciled } from '#ledger/reconcile/reconcile.ts';
import { piecesOf } from '#ledger/reconcile/text-lines.ts';
import { sandboxFolder } from '#sandbox/folder.ts';
import { clean } from '#text/clean.ts';
import { exitCodes } from '#text/till-error.ts';
import { momentOf, sayRead } from './auditing/filter.ts';

export const command: Command = {
  name: 'audit reconcile',
  summary: 'Compare the ledger with what the systems themselves saw, and name what has no intent',
  group: 'read',
  examples: [
    { line: 'till audit reconcile --kubernetes /var/log/kube-apiserver/audit.log', note: 'the API server’s audit log' },
    { line: 'kubectl … | till audit reconcile --kubernetes - -o json', note: 'as it comes' },
    { line: 'till audit reconcile --pgaudit postgresql.csv --since 7d', note: 'PostgreSQL’s log, with pgaudit' },
    { line: 'till --sandbox audit reconcile', note: 'the sandbox keeps such a log' },
  ],
  flags: [
    {
      name: 'kubernetes',
      value: 'LOG',
      multiple: true,
      summary: 'an audit log of audit.k8s.io/v1, a line an event; oldest first; - for standard input',
      completion: 'file',
      environment: false,
    },
    {
      name: 'pgaudit',
      value: 'LOG',
      multiple: true,
      summary: 'a log of PostgreSQL, csvlog or stderr; oldest first; - for standard input',
      completion: 'file',
      environment: false,
    },
    {
      name: 'cluster',
      value: 'CLUSTER',
      summary: 'whose log it is, where the estate has several',
      completion: 'cluster',
    },
    { name: 'log-line-prefix', value: 'PREFIX', summary: 'as that server has it, where it is an unusual one' },
    {
      name: 'identity',
      value: 'USER',
      multiple: true,
      summary: 'a name by which these systems know till or its people, besides those that the policy lists',
    },
    { name: 'since', value: 'INSTANT', summary: 'from then on; the log must reach back as far', environment: false },
    { name: 'until', value: 'INSTANT', summary: 'before then', environment: false },
  ],
  exits: [
    { code: exitCodes.ok, when: 'every act of till’s is explained by an intent, and every intent was seen' },
    { code: exitCodes.checkFalse, when: 'something does not fit, or the log says nothing about a part of the span' },
    { code: exitCodes.unreachable, when: 'a log could not be read' },
  ],
  async run(invocation) {
    const { io } = invocation;
    const estate = await invocation.estate();
    const logs = logsFor(estate, invocation);
    const ledger = openLedger(estate, io.clock, io.env);
    try {
      const [since, until] = [momentOf(invocation, 'since') ?? null, momentOf(invocation, 'until') ?? null];
      await sayRead('audit reconcile', {}, ledger, invocation);
      const known = await knownIn(ledger);
      const names = estate.people.flatMap(({ kubernetes, postgres }) => [...kubernetes, ...postgres]);
      const identities = [...names, ...invocation.values('identity')];
      const found = await reconciled({ known, logs, identities, since, until, now: io.clock.now() });
      await print(found, invocation);
      return found.findingsCount === 0 ? exitCodes.ok : exitCodes.checkFalse;
    } finally {
      await ledger.close();
    }
  },
};

function logsFor(estate: Estate, invocation: Invocation): readonly GivenLog[] {
  const prefix = invocation.value('log-line-prefix') ?? null;
  const kubernetes = invocation.values('kubernetes');
  const pgaudit = invocation.values('pgaudit');
  if ([...kubernetes, ...pgaudit].filter((path) => path === '-').length > 1) {
    throw usageError('standard input is one log', command);
  }
  const own = kubernetes.length + pgaudit.length === 0 ? sandboxLogs(estate, invocation) : kubernetes;
  if (own.length + pgaudit.length === 0) {
    throw usageError('there is no log to compare with', command, '--kubernetes AUDIT.LOG, or --pgaudit POSTGRES.LOG');
  }
  return [
    ...(own.length === 0 ? [] : [logOf('kubernetes', own, clusterOf(estate, invocation), null)]),
    ...(pgaudit.length === 0 ? [] : [logOf('postgres', pgaudit, null, prefix)]),
  ];
}

function logOf(
  system: GivenLog['system'],
  paths: readonly string[],
  of: string | null,
  prefix: string | null,
): GivenLog {
  return {
    ...{ system, of, prefix, name: paths.join(', ') },
    async *pieces() {
      for (const path of paths) {
        yield* piecesOf(path);
      }
    },
  };
}

/** The sandbox's API server writes where the estate of the sandbox lies; the older part first. */
function sandboxLogs({ path }: Estate, { io }: Invocation): readonly string[] {
  const folder = resolve(sandboxFolder(io.env));
  const log = join(folder, 'kubernetes-audit.log');
  return path !== null && dirname(resolve(path)) === folder ? [`${log}.1`, log].filter((part) => existsSync(part)) : [];
}

/** Acts on another cluster are not missing from this one's log. */
function clusterOf({ clusters }: Estate, invocation: Invocation): string | null {
  const names = Object.keys(clusters);
  const named = invocation.value('cluster');
  if (named !== undefined && !names.includes(named)) {
    throw usageError(`there is no cluster "${named}"`, command, names.join(', '));
  }
  if (named === undefined && names.length > 1) {
    throw usageError('the estate has several clusters, and a log is of one', command, `--cluster ${names[0]}`);
  }
  return named ?? null;
}

async function print(found: Reconciliation, invocation: Invocation): Promise<void> {
  const { findings, findingsCount, logs, explained, refused, ignored } = found;
  await printList<Finding>(invocation, {
    kind: 'ReconciliationList',
    items: findings,
    beside: { findingsCount, explained, refused, ignored, logs: logs.map(coverageFields) },
    columns: [
      { title: 'FINDING', value: ({ finding }) => ({ text: finding, tone: 'bad' }) },
      { title: 'AT', value: ({ at }) => at?.replace(/\.\d+Z$/u, 'Z') ?? '-' },
      { title: 'WHO', value: ({ who }) => clean(who ?? '-') },
      { title: 'FROM', value: ({ from }) => clean(from ?? '-'), wide: true },
      { title: 'DID', value: ({ what }) => clean(what ?? '-'), shrinks: true },
      { title: 'GRANT', value: ({ grant }) => grant ?? '-', wide: true },
      { title: 'OPERATION', value: ({ operation }) => operation ?? '-', wide: true },
      { title: 'LINE', value: ({ line }) => (line === null ? '-' : String(line)), align: 'right', wide: true },
      { title: 'WHY', value: ({ message }) => clean(message), shrinks: true },
    ],
    empty: 'nothing that does not fit',
    name: ({ finding, operation, line }) => `${finding} ${operation ?? line ?? '-'}`,
  });
  const { io } = invocation;
  for (const { log, first, last, events, longestSilence } of logs.map(coverageFields)) {
    const span = first === null ? 'nothing' : `${first} to ${last}, silent for at most ${longestSilence} s`;
    io.err(`${clean(log)}: ${events} events, ${span}\n`);
  }
  io.err(
    `${explained} acts explained, ${refused} refused by the system, ${ignored} of others; ${findingsCount} findings\n`,
  );
}

function coverageFields({ first, last, ...coverage }: Coverage) {
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString().replace(/\.\d+Z$/u, 'Z'));
  return { ...coverage, first: iso(first), last: iso(last) };
}
