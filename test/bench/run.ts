// `npm run bench`: everything measured in one run, as a table on stderr and JSON on stdout. `npm run bench -- start-up`
// runs one part.
import type { Ratio } from './ratio.ts';

const parts: Readonly<Record<string, () => Promise<readonly Ratio[]>>> = {
  'start-up': async () => (await import('./start-up.ts')).measureStartUp(),
  ledger: async () => (await import('./ledger.ts')).measureLedger(),
  'ledger-postgres': async () => (await import('./ledger-postgres.ts')).measureLedgerPostgres(),
  'tenant-sql': async () => (await import('./tenant-sql.ts')).measureTenantSql(),
  console: async () => (await import('./console.ts')).measureConsole(),
  backups: async () => (await import('./backup.ts')).measureBackups(),
  restores: async () => (await import('./restore.ts')).measureRestores(),
  'estate-1000': async () => (await import('./estate-1000.ts')).measureLargeEstate(),
};

// `--backup-mb=256` and the like are for the part that knows them.
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const ratios: Ratio[] = [];
for (const [name, measure] of Object.entries(parts)) {
  if (wanted.length === 0 || wanted.includes(name)) {
    process.stderr.write(`measuring ${name} …\n`);
    ratios.push(...(await measure()));
  }
}

const rows = ratios.map((ratio) => [
  ratio.met ? '●' : '✖',
  ratio.name,
  `${ratio.ours} ${ratio.unit}`,
  `${ratio.baseline}: ${ratio.theirs} ${ratio.unit}`,
  String(ratio.ratio),
  ratio.aim,
  ratio.note ?? '',
]);
const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
for (const row of rows) {
  process.stderr.write(
    `${row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`,
  );
}
process.stdout.write(
  `${JSON.stringify({ node: process.versions.node, cpus: (await import('node:os')).cpus().length, ratios }, null, 2)}\n`,
);
