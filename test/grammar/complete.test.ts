import { describe, expect, it } from 'vitest';
import type { Command, CommandEntry } from '#grammar/command.ts';
import { candidatesFor, completionText } from '#grammar/complete.ts';
import { choosingArgument, choosingFlags } from '#grammar/flags.ts';
import { exitCodes } from '#text/till-error.ts';

const run = async () => exitCodes.ok;
const commands: readonly Command[] = [
  {
    name: 'status',
    summary: 'health',
    examples: [],
    arguments: [choosingArgument],
    flags: [
      ...choosingFlags,
      { name: 'signal', value: 'SIGNAL', summary: 'one signal', completion: 'signal' },
      { name: 'reason', short: 'r', value: 'TEXT', summary: 'why' },
    ],
    run,
  },
  {
    name: 'show',
    summary: 'one',
    examples: [],
    arguments: [{ name: 'TENANT', summary: 'x', completion: 'tenant' }],
    run,
  },
  { name: 'estate check', summary: 'check it', examples: [], run },
  {
    name: 'estate init',
    summary: 'begin it',
    examples: [],
    flags: [{ name: 'file', value: 'F', summary: '', completion: 'file' }],
    run,
  },
  {
    name: 'sandbox scenario',
    summary: 'rehearse',
    examples: [],
    arguments: [{ name: 'NAME', summary: 'x', completion: 'scenario' }],
    run,
  },
];
const entries: readonly CommandEntry[] = commands.map((command) => ({
  name: command.name,
  summary: command.summary,
  group: 'read',
  load: async () => command,
}));

async function offered(...words: readonly string[]): Promise<readonly string[] | 'files'> {
  const candidates = await candidatesFor(words, {
    commands: entries,
    names: async () => ({ tenant: ['kaffe', 'maple'], tier: ['basic', 'critical'], retailer: ['r'], cluster: ['eu'] }),
    scenarios: async () => [{ text: 'lock-storm', note: '' }],
  });
  return candidates === 'files' ? 'files' : candidates.map(({ text }) => text);
}

describe('completion', () => {
  it.each<[readonly string[], readonly string[] | 'files']>([
    [[''], ['status', 'show', 'estate', 'sandbox']],
    [['s'], ['status', 'show', 'sandbox']],
    [
      ['estate', ''],
      ['check', 'init'],
    ],
    [['--no-color', 'estate', 'c'], ['check']],
    [
      ['show', ''],
      ['kaffe', 'maple'],
    ],
    [['show', 'kaffe', ''], []],
    [['status', 'kaffe', 'm'], ['maple']],
    [
      ['status', '--tier', ''],
      ['basic', 'critical'],
    ],
    [['status', '--tier', 'critical', 'k'], ['kaffe']],
    [['status', '--tier=c'], ['--tier=critical']],
    [['status', '--cluster', ''], ['eu']],
    [['status', '--retailer', ''], ['r']],
    [['status', '-o', 'y'], ['yaml']],
    [['status', '-r', ''], []],
    [['status', '--sel'], ['--selector']],
    [['--esta'], ['--estate']],
    [['--estate', ''], 'files'],
    [['estate', 'init', '--file', 'x'], 'files'],
    [['sandbox', 'scenario', ''], ['lock-storm']],
    [['nonsense', ''], []],
  ])('of %j', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected);
  });

  it('knows the signals there are', async () => {
    expect(await offered('status', '--signal', 'blocked')).toEqual(['blocked-sessions']);
  });

  it('is printed a line each, with the note after a tab and nothing that a terminal would obey', () => {
    expect(completionText([{ text: 'a\u001b[2J', note: 'one\nline' }])).toBe('a\tone line\n');
    expect(completionText('files')).toBe(':files\n');
  });
});
