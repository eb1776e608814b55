import { once } from 'node:events';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { version } from '#text/version.ts';
import { keepDetails } from '../../bin/keep-details.ts';
import { folderOf } from '../estate/folder.ts';
import { bundledProgram, type Program } from './program.ts';

let program: Program;
beforeAll(async () => {
  program = await bundledProgram();
});
afterAll(() => program.remove());

const head = 'apiVersion: till/v1\nid: 0b7e4c52-5a0e-4f5d-9c6b-2f1d8c9f7a10\nname: nordic\n';

describe('the program', () => {
  it('answers, and refuses, as the sources do', async () => {
    expect(await program.run(['version', '-o', 'name'])).toEqual({ exit: 0, out: `${version}\n`, err: '' });
    expect(await program.run(['verison'])).toMatchObject({ exit: 2, out: '' });
    expect(parseYaml((await program.run(['version', '-o', 'yaml'])).out)).toMatchObject({ kind: 'Version' });
  });

  it('without a terminal and without words says how it is used', async () => {
    const { exit, out, err } = await program.run([]);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain('till [COMMAND] [flags]');
  });

  it('reads ./estate.yaml, TILL_ESTATE and --estate', async () => {
    const folder = await folderOf({ 'estate.yaml': head, 'other.yaml': head.replace('nordic', 'other') });
    const check = ['estate', 'check', '--offline', '-o', 'name'];
    expect((await program.run(check, { folder })).out).toBe('nordic\n');
    const env = { TILL_ESTATE: join(folder, 'other.yaml') };
    expect((await program.run(check, { folder, env })).out).toBe('other\n');
    expect((await program.run([...check, '--estate', 'estate.yaml'], { folder, env })).out).toBe('nordic\n');
    const { exit, err } = await program.run(check, { folder, env: { TILL_ESTATE: 'no.yaml' } });
    expect(exit).toBe(2);
    expect(err).toContain('the estate file no.yaml does not exist');
  });
});

describe('--sandbox', () => {
  it('without one that is up says how to start it', async () => {
    const env = { TILL_SANDBOX_DIR: await folderOf() };
    const { exit, out, err } = await program.run(['--sandbox', 'status'], { env });
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toBe('✖ no sandbox is up\n  till sandbox up --detach starts one\n');
  });

  it('matters only to a command that asks for the estate', async () => {
    expect(await program.run(['--sandbox', 'version', '-o', 'name'])).toMatchObject({ exit: 0 });
  });
});

describe('its output', () => {
  it('may lose its reader early, quietly and with exit 0', async () => {
    const { out, err } = await program.shell('till estate schema | head -1; echo $PIPESTATUS');
    expect({ out, err }).toEqual({ out: '{\n0\n', err: '' });
  });

  it('may have nobody who reads it at all', async () => {
    const { out, err } = await program.shell('till --help | true; echo $PIPESTATUS; till version >&-; echo $?');
    expect({ out, err }).toEqual({ out: '0\n0\n', err: '' });
  });

  it('keeps the exit code of what went wrong when nobody reads', async () => {
    const { out } = await program.shell('till statsu 2>&1 | true; echo $PIPESTATUS');
    expect(out).toBe('2\n');
  });

  it('that cannot be written is a failure', async () => {
    const { exit, err } = await program.shell('till estate schema > /dev/full');
    expect(exit).toBe(1);
    expect(err).toContain('the output could not be written: ENOSPC');
  });

  it('is whole in a pipe, however long', async () => {
    const { out } = await program.run(['estate', 'schema']);
    expect(JSON.parse(out)).toMatchObject({ type: 'object' });
  });
});

describe('an interruption', () => {
  it('ends a command that waits for a silent server at once, with exit 130 and nothing said', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const folder = await folderOf({
      'estate.yaml': `${head}postgres: { pg: { port: ${port}, user: till, tls: disable } }\n`,
    });
    const accepted = once(server, 'connection');
    const { child, finished } = program.start(['estate', 'check'], { folder });
    const [socket] = await accepted;
    onTestFinished(() => socket.destroy());
    const began = performance.now();
    child.kill('SIGINT');
    expect(await finished).toEqual({ exit: 130, out: '', err: '' });
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe('an error that nobody foresaw', () => {
  it('keeps its details in a file for its owner alone, and only with TILL_DEBUG', async () => {
    const state = await folderOf();
    vi.stubEnv('XDG_STATE_HOME', state);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(keepDetails(new Error('first'))).toBeNull();
    vi.stubEnv('TILL_DEBUG', '1');
    const path = join(state, 'till/debug.log');
    expect(keepDetails(new Error('second'))).toBe(path);
    expect(await readFile(path, 'utf8')).toMatch(/Z Error: second\n\s+at /u);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

describe('completion in bash', () => {
  const complete = async (words: readonly string[], folder?: string, env: Record<string, string> = {}) => {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const line = `eval "$(till completion bash)"; COMP_WORDS=(till ${quoted}); COMP_CWORD=${words.length}; _till; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { out, err } = await program.shell(line, folder === undefined ? { env } : { folder, env });
    expect(err).toBe('');
    return out.trimEnd().split('\n');
  };

  it('offers commands, the words behind a word, flags and their values', async () => {
    expect(await complete(['vers'])).toEqual(['version']);
    expect(await complete(['estate', 'ch'])).toEqual(['check']);
    expect(await complete(['version', '--no-c'])).toEqual(['--no-color']);
    expect(await complete(['version', '-o', 'js'])).toEqual(['json', 'jsonl']);
    expect(await complete(['version', '--output', '=', 'ya'])).toEqual(['yaml']);
    expect(await complete(['version', '--output', '='])).toContain('wide');
  });

  it('offers tenants, tiers and clusters of the estate, and files', async () => {
    const folder = await folderOf({
      'estate.yaml': `${head}tiers: { critical: {} }\ntenants: [{ name: harbour-shoes }, { name: harbour-stage }, { name: kaffe }]`,
    });
    expect(await complete(['show', 'harb'], folder)).toEqual(['harbour-shoes', 'harbour-stage']);
    expect(await complete(['status', 'kaffe', 'harbour-sh'], folder)).toEqual(['harbour-shoes']);
    expect(await complete(['status', '--tier', ''], folder)).toEqual(['critical']);
    expect(await complete(['status', '--estate', 'est'], folder)).toEqual(['estate.yaml']);
  });

  it('offers the tenants that the last run found', async () => {
    const state = await folderOf();
    const kept = join(state, 'till/0b7e4c52-5a0e-4f5d-9c6b-2f1d8c9f7a10');
    await mkdir(kept, { recursive: true });
    const run = { at: 0, tenants: [{ name: 'found-by-label', retailer: 'r' }], statuses: [] };
    await writeFile(join(kept, 'last-run.json'), JSON.stringify(run));
    const folder = await folderOf({ 'estate.yaml': `${head}tenants: [{ name: found-in-file }]` });
    expect(await complete(['show', 'found'], folder, { XDG_STATE_HOME: state })).toEqual([
      'found-by-label',
      'found-in-file',
    ]);
  });

  it('offers nothing, quietly, where the estate cannot be read', async () => {
    const folder = await folderOf({ 'estate.yaml': 'a: [' });
    expect(await complete(['show', 'h'], folder)).toEqual(['']);
  });
});
