import type { Estate } from '#estate/estate.ts';
import { approvalsWithoutLedger } from '#estate/ledger-flaws.ts';
import { loadEstate } from '#estate/load.ts';
import type { Command, Io } from '#grammar/command.ts';
import { exitOf, findingColumns, findingExits } from '#grammar/findings.ts';
import { printOne } from '#grammar/output.ts';
import type { Paint } from '#grammar/style.ts';
import { tableLines } from '#grammar/table.ts';
import { type Finding, flaw } from '#health/finding.ts';
import { signals } from '#health/signals/index.ts';
import { clean } from '#text/clean.ts';
import { exitCodes } from '#text/till-error.ts';
import { accessFindings, ruleFindings } from './accessing/findings.ts';

export const command: Command = {
  name: 'estate check',
  summary: 'Check the estate file, then try every connection and permission that it names',
  examples: [
    { line: 'till estate check', note: 'the estate that other commands would use' },
    {
      line: 'till estate check --offline --estate estate.yaml -o json',
      note: 'in CI: the file alone; exit 2 and problems[] when it is not valid',
    },
  ],
  flags: [{ name: 'offline', summary: 'check the file and connect to nothing' }],
  exits: [...findingExits, { code: exitCodes.usage, when: 'the estate is not valid, or there is none' }],
  async run(invocation) {
    const estate = await fullyChecked(await invocation.estate());
    const findings = [
      ...ledgerFindings(estate),
      ...(invocation.given('offline') ? await ruleFindings(estate) : await tried(estate, invocation.io)),
    ];
    await printOne(invocation, {
      kind: 'EstateCheck',
      fields: {
        estate: estate.name,
        id: estate.id,
        file: estate.path,
        mode: estate.mode,
        counts: countsOf(estate),
        findings,
      },
      name: estate.name,
      text: (paint, width) =>
        [`${paint('good', '● valid')} ${summaryOf(estate)}`, ...tableOf(findings, paint, width), ''].join('\n'),
    });
    return exitOf(findings);
  },
};

/** Nobody but one user of one host writes to a file: who would approve has no way to. */
function ledgerFindings(estate: Estate): readonly Finding[] {
  return approvalsWithoutLedger(estate).map((tier) =>
    flaw('estate', 'ledger', 'weak', `tier ${tier} asks for approvals, and the ledger is a file of one user`, {
      next: 'add `ledger: {postgres: …}` and `access:`; till then nobody is asked',
    }),
  );
}

/** The same look that `till doctor` takes; what it brings is loaded only when the file has passed. */
async function tried(estate: Estate, io: Io): Promise<readonly Finding[]> {
  const { examine } = await import('#health/doctor.ts');
  const { clock, env } = io;
  return [...(await examine(estate, { clock, env })), ...(await accessFindings(estate, io))];
}

function tableOf(findings: readonly Finding[], paint: Paint, width: number | null): readonly string[] {
  return findings.length === 0 ? [] : ['', ...tableLines(findings, findingColumns, { paint, width })];
}

/** Other commands read the estate without knowing the signals; here a threshold of an unknown signal is a problem too. */
async function fullyChecked(estate: Estate): Promise<Estate> {
  return estate.path === null ? estate : await loadEstate(estate.path, { signals: signals.map(({ name }) => name) });
}

function countsOf({ clusters, postgres, redis, fronts, tiers, tenants, discover }: Estate) {
  return {
    clusters: Object.keys(clusters).length,
    postgres: Object.keys(postgres).length,
    redis: Object.keys(redis).length,
    fronts: Object.keys(fronts).length,
    tiers: Object.keys(tiers).length,
    tenants: tenants.length,
    discover: discover.length,
  };
}

function summaryOf(estate: Estate): string {
  const counts = countsOf(estate);
  const parts = [
    amount(counts.clusters, 'cluster', 'clusters'),
    amount(counts.postgres, 'PostgreSQL server', 'PostgreSQL servers'),
    amount(counts.redis, 'Redis server', 'Redis servers'),
    amount(counts.fronts, 'front', 'fronts'),
    amount(counts.tiers, 'tier', 'tiers'),
    amount(counts.tenants, 'tenant listed', 'tenants listed'),
    amount(counts.discover, 'rule to find more', 'rules to find more'),
  ];
  const where = estate.path === null ? 'made from the current kubeconfig context' : clean(estate.path);
  return `estate ${estate.name} (${estate.mode}, ${where}): ${parts.filter((part) => part !== null).join(', ')}`;
}

function amount(count: number, one: string, many: string): string | null {
  return count === 0 ? null : `${count} ${count === 1 ? one : many}`;
}
