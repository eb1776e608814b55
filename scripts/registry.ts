// Writes the two lists that would otherwise have to be edited for every new signal and every new command: a capability
// is one file and its test (design §2). Run by build and test; the result is committed and a test holds it fresh.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '#grammar/command.ts';

const root = join(import.meta.dirname, '..');

/** `blocked-sessions.ts` → `blockedSessions` */
function camel(file: string): string {
  return file.replace(/\.ts$/, '').replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function modulesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
    .sort();
}

export function signalsIndex(): string {
  const files = modulesIn('src/health/signals');
  return [
    '// Written by scripts/registry.ts: one line for each file in this folder. Do not edit.',
    "import type { Signal } from '../signal.ts';",
    ...files.map((file) => `import { signal as ${camel(file)} } from './${file}';`),
    '',
    'export const signals: readonly Signal[] = [',
    ...files.map((file) => `  ${camel(file)},`),
    '];',
    '',
  ].join('\n');
}

/** Name and summary stand in the list itself, so that help and completion load no command (facts: terminal.md §0.1). */
export async function commandsIndex(): Promise<string> {
  const lines: string[] = [];
  for (const file of modulesIn('commands')) {
    const module: Record<string, unknown> = await import(join(root, 'commands', file));
    const { command } = module as { command?: Command };
    if (command === undefined) {
      throw new Error(`commands/${file} exports no \`command\``);
    }
    const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
    lines.push(
      '  {',
      `    name: ${quote(command.name)},`,
      `    summary: ${quote(command.summary)},`,
      `    group: ${quote(command.group ?? (command.name.includes(' ') ? 'machine' : 'read'))},`,
      `    load: async () => (await import('./${file}')).command,`,
      '  },',
    );
  }
  return [
    '// Written by scripts/registry.ts: one entry for each file in this folder. Do not edit.',
    "import type { CommandEntry } from '#grammar/command.ts';",
    '',
    'export const commands: readonly CommandEntry[] = [',
    ...lines,
    '];',
    '',
  ].join('\n');
}

export const generated = [
  { path: 'src/health/signals/index.ts', content: async () => signalsIndex() },
  { path: 'commands/index.ts', content: commandsIndex },
];

if (import.meta.main) {
  for (const { path, content } of generated) {
    const text = await content();
    const target = join(root, path);
    let before = '';
    try {
      before = readFileSync(target, 'utf8');
    } catch {
      // First run: there is none yet.
    }
    if (before !== text) {
      writeFileSync(target, text);
    }
  }
}
