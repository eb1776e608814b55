import { describe, expect, it } from 'vitest';
import type { Command } from '#grammar/command.ts';
import { parse } from '#grammar/parse.ts';
import { exitCodes } from '#text/till-error.ts';

const command: Command = {
  ...{ name: 'ask', summary: 'Ask', examples: [], arguments: [{ name: 'WHAT', summary: 'it' }] },
  flags: [{ name: 'wait', value: 'DURATION', bare: '5m', summary: 'wait', environment: false }],
  run: async () => exitCodes.ok,
};

describe('a flag whose value may be left out', () => {
  it.each([
    [['--wait'], ['5m'], []],
    [['--wait=1h'], ['1h'], []],
    [['--wait', '1h'], ['5m'], ['1h']],
    [[], undefined, []],
  ] as const)('%j', (argv, value, words) => {
    const parsed = parse(argv, command, {});
    expect(parsed.flags.get('wait')).toEqual(value);
    expect(parsed.arguments).toEqual(words);
  });
});
