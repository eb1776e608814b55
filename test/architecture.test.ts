import { globSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { version } from '#text/version.ts';
import { generated } from '../scripts/registry.ts';

/** The house (design §2): each room, and the rooms it may import. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  'src/text': [],
  'src/estate': ['src/text'],
  'src/systems': ['src/estate', 'src/text'],
  'src/discovery': ['src/estate', 'src/systems', 'src/text'],
  'src/health': ['src/estate', 'src/systems', 'src/discovery', 'src/text'],
  'src/policy': ['src/estate', 'src/text', 'src/ledger'],
  'src/ledger': ['src/estate', 'src/systems', 'src/text'],
  'src/backups': ['src/estate', 'src/systems', 'src/discovery', 'src/ledger', 'src/text'],
  'src/grammar': ['src/text', 'src/estate', 'src/health', 'src/actions', 'src/ledger'],
  'src/actions': [
    'src/text',
    'src/estate',
    'src/systems',
    'src/discovery',
    'src/health',
    'src/policy',
    'src/ledger',
    'src/backups',
    'src/grammar',
  ],
  'src/agent': [
    'src/text',
    'src/estate',
    'src/systems',
    'src/discovery',
    'src/health',
    'src/policy',
    'src/ledger',
    'src/actions',
  ],
  'src/sandbox': ['src/estate', 'src/text'],
  themes: [],
  commands: [
    'themes',
    'src/text',
    'src/estate',
    'src/discovery',
    'src/health',
    'src/policy',
    'src/ledger',
    'src/backups',
    'src/actions',
    'src/agent',
    'src/grammar',
    'src/sandbox',
  ],
  views: [
    'themes',
    'src/text',
    'src/estate',
    'src/discovery',
    'src/health',
    'src/policy',
    'src/ledger',
    'src/backups',
    'src/actions',
    'src/grammar',
  ],
  // The entry puts the parts together: it hands estate, sandbox and watcher to what it starts.
  bin: ['commands', 'views', 'src/text', 'src/estate', 'src/grammar', 'src/health', 'src/actions', 'src/sandbox'],
};

const root = resolve(import.meta.dirname, '..');
const rooms = Object.keys(arrows);
const files = globSync('{bin,commands,views,themes,src}/**/*.{ts,tsx}', { cwd: root });
const aliases: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).imports;

function roomOf(path: string): string | undefined {
  return rooms.find((room) => path === room || path.startsWith(`${room}/`));
}

/** Every module specifier of a file, static or dynamic, as the path it leads to from the root; packages are left out. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import|import\()\s*['"]([^'"]+)['"]/g)].map((match) => match[1] ?? '');
  return specifiers.flatMap((specifier) => {
    if (specifier.startsWith('.')) {
      return [relative(root, resolve(root, file, '..', specifier))];
    }
    const alias = Object.keys(aliases).find((key) => specifier.startsWith(key.slice(0, -1)));
    return alias === undefined ? [] : [(aliases[alias] ?? '').slice(2, -1) + specifier.slice(alias.length - 1)];
  });
}

describe('the house', () => {
  it('was looked at: a boundary check that sees no files passes for the wrong reason', () => {
    expect(files.length).toBeGreaterThan(15);
    expect(files.flatMap(importsOf).length).toBeGreaterThan(15);
    expect(files.filter((file) => roomOf(file) === undefined)).toEqual([]);
  });

  it('has only the arrows that the design draws', () => {
    const wrong = files.flatMap((file) => {
      const from = roomOf(file) ?? '?';
      return importsOf(file)
        .map((target) => ({ target, room: roomOf(target) }))
        .filter(({ room }) => room !== undefined && room !== from && !arrows[from]?.includes(room))
        .map(({ target }) => `${file} → ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('has fresh lists of signals, commands and actions, and of what each action asks for in the README', async () => {
    for (const { path, content } of generated) {
      expect(readFileSync(join(root, path), 'utf8'), path).toBe(await content());
    }
  });

  it('prints the version that package.json names', () => {
    expect(version).toBe(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
  });
});
