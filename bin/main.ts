import { commands } from '#commands/index.ts';

// Provisional entry: the grammar replaces it.
const word = process.argv[2] ?? '';
const entry = commands.find((command) => command.name === word);
if (entry === undefined) {
  for (const { name, summary } of commands) {
    process.stdout.write(`  ${name.padEnd(12)} ${summary}\n`);
  }
}
