import { describe, expect, it } from 'vitest';
import { commands } from '#commands/index.ts';
import { globalFlags } from '#grammar/flags.ts';
import { shells } from '#grammar/shells.ts';
import { version } from '#text/version.ts';
import { till } from './till.ts';

describe('every command', () => {
  it.each(commands.map(({ name }) => name))('%s has help with an example of its own', async (name) => {
    const { exit, out, err } = await till([...name.split(' '), '--help']);
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toContain(`Examples\n`);
    expect(out).toContain(`till ${name}`);
    expect(out).toContain('Exit codes\n');
  });

  it.each(commands.map(({ name }) => name))('%s refuses a flag it does not have', async (name) => {
    const { exit, out, err } = await till([...name.split(' '), '--no-such-flag']);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain('unknown flag --no-such-flag');
  });

  it('uses each short flag and each name once, in plain words', async () => {
    for (const entry of commands) {
      const { flags = [], summary, examples } = await entry.load();
      const own = flags.map(({ name }) => name);
      const inherited = globalFlags.filter(({ name }) => !own.includes(name));
      const all = [...flags, ...inherited];
      const shorts = all.flatMap(({ short }) => (short === undefined ? [] : [short]));
      expect(new Set(shorts).size, entry.name).toBe(shorts.length);
      expect(new Set(all.map(({ name }) => name)).size, entry.name).toBe(all.length);
      expect(summary.endsWith('.'), entry.name).toBe(false);
      expect(examples.length, entry.name).toBeGreaterThan(0);
    }
  });
});

describe('till version', () => {
  it('says both versions, in words and as data', async () => {
    const node = process.versions.node;
    expect(await till(['version'])).toEqual({ exit: 0, out: `till ${version} (Node ${node})\n`, err: '' });
    expect((await till(['--version'])).out).toBe(`till ${version} (Node ${node})\n`);
    expect(JSON.parse((await till(['version', '-o', 'json'])).out)).toEqual({
      apiVersion: 'till/v1',
      kind: 'Version',
      version,
      node,
    });
    expect((await till(['version', '-o', 'name'])).out).toBe(`${version}\n`);
  });
});

describe('till completion', () => {
  it.each(shells)('prints a script for %s that asks till itself', async (shell) => {
    const { exit, out } = await till(['completion', shell]);
    expect(exit).toBe(0);
    expect(out).toContain('till __complete');
  });

  it('names the shells it knows', async () => {
    expect((await till(['completion'])).err).toContain('SHELL is missing: bash, zsh or fish');
    expect((await till(['completion', 'fihs'])).err).toContain('did you mean "fish"?');
  });
});
