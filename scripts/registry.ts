// Writes the lists, and the README's table of actions, that would otherwise have to be edited for every new one: a capability
// is one file and its test (design §2). Run by build and test; the result is committed and a test holds it fresh.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '#grammar/command.ts';
import type { Action } from '../src/actions/action.ts';
import { freedomOf } from '../src/actions/freedom.ts';

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
  for (const file of modulesIn('commands').filter((name) => name !== 'act.ts')) {
    const module: Record<string, unknown> = await import(join(root, 'commands', file));
    const { command } = module as { command?: Command };
    if (command === undefined) {
      throw new Error(`commands/${file} exports no \`command\``);
    }
    lines.push(
      '  {',
      `    name: ${quoted(command.name)},`,
      `    summary: ${quoted(command.summary)},`,
      `    group: ${quoted(command.group ?? (command.name.includes(' ') ? 'machine' : 'read'))},`,
      `    load: async () => (await import('./${file}')).command,`,
      '  },',
    );
  }
  for (const file of modulesIn('src/actions/definitions')) {
    const { action } = (await import(join(root, 'src/actions/definitions', file))) as { action: Action };
    lines.push(
      '  {',
      `    name: ${quoted(action.name)},`,
      `    summary: ${quoted(action.summary)},`,
      "    group: 'act',",
      '    load: async () => {',
      `      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/${file}')]);`,
      '      return commandOf(action as never);',
      '    },',
      '  },',
    );
  }
  return [
    '// Written by scripts/registry.ts: one entry for each command here and for each action. Do not edit.',
    "import type { CommandEntry } from '#grammar/command.ts';",
    '',
    'export const commands: readonly CommandEntry[] = [',
    ...lines,
    '];',
    '',
  ].join('\n');
}

/** Name, title, danger and key stand in the list itself, so that palette, hints and help load no definition. */
export async function actionsIndex(): Promise<string> {
  const lines: string[] = [];
  for (const file of modulesIn('src/actions/definitions')) {
    const module: Record<string, unknown> = await import(join(root, 'src/actions/definitions', file));
    const { action } = module as { action?: Action };
    if (action === undefined) {
      throw new Error(`src/actions/definitions/${file} exports no \`action\``);
    }
    lines.push(
      '  {',
      `    name: ${quoted(action.name)},`,
      `    title: ${quoted(action.title)},`,
      `    summary: ${quoted(action.summary)},`,
      `    danger: ${quoted(action.danger)},`,
      `    target: ${quoted(action.target)},`,
      `    key: ${action.key === undefined ? 'null' : quoted(action.key)},`,
      `    free: ${quoted(freedomOf(action))},`,
      `    load: async () => (await import('./${file}')).action as unknown as Action,`,
      '  },',
    );
  }
  return [
    '// Written by scripts/registry.ts: one entry for each file in this folder. Do not edit.',
    "import type { Action } from '../action.ts';",
    "import type { Freedom } from '../freedom.ts';",
    "import type { Danger } from '../plan.ts';",
    '',
    'export interface ActionEntry {',
    '  readonly name: string;',
    '  readonly title: string;',
    '  readonly summary: string;',
    '  readonly danger: Danger;',
    "  readonly target: 'tenants' | 'estate';",
    '  readonly key: string | null;',
    '  readonly free: Freedom;',
    '  load(): Promise<Action>;',
    '}',
    '',
    'export const actions: readonly ActionEntry[] = [',
    ...lines,
    '];',
    '',
  ].join('\n');
}

const confirmedBy = {
  mild: 'nothing: it runs',
  moderate: '`y`, or `--yes`',
  severe: 'its name typed out, or `--confirm=NAME`',
} as const;

/** Between its two marks, what each action asks for; around them, what people wrote. */
export async function readme(): Promise<string> {
  const rows: string[] = [];
  for (const file of modulesIn('src/actions/definitions')) {
    const { action } = (await import(join(root, 'src/actions/definitions', file))) as { action: Action };
    const key = action.key === undefined ? '' : `\`${action.key}\``;
    rows.push(
      `| \`till ${action.name}\` | ${key} | ${action.danger} | ${confirmedBy[action.danger]} | ${action.summary} |`,
    );
  }
  const table = ['| action | key | danger | confirmed by | what it does |', '| --- | --- | --- | --- | --- |', ...rows];
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  const [before, rest] = split(text, '<!-- actions: written by npm run registry -->\n');
  const [, after] = split(rest, '<!-- end of actions -->\n');
  return [before, '<!-- actions: written by npm run registry -->\n', `${table.join('\n')}\n`]
    .join('')
    .concat('<!-- end of actions -->\n', after);
}

function split(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) {
    throw new Error(`README.md has no ${mark}`);
  }
  return [text.slice(0, at), text.slice(at + mark.length)];
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

export const generated = [
  { path: 'src/actions/definitions/index.ts', content: actionsIndex },
  { path: 'src/health/signals/index.ts', content: async () => signalsIndex() },
  { path: 'commands/index.ts', content: commandsIndex },
  { path: 'README.md', content: readme },
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
