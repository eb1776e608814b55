import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findRunning } from '#sandbox/daemon/running.ts';
import { familyOf, foldersOf, isAlive } from '../processes.ts';

const entry = resolve('bin/main.ts');
const folders: string[] = [];
const started: ChildProcess[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) {
    await till(folder, 'down').catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
  for (const child of started.splice(0)) {
    child.kill('SIGKILL');
  }
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'till-test-'));
  folders.push(folder);
  return folder;
}

function till(folder: string, ...words: readonly string[]) {
  const env = { ...process.env, TILL_SANDBOX_DIR: folder };
  return promisify(execFile)(process.execPath, [entry, 'sandbox', ...words], { env });
}

async function up(folder: string, tenants = 1) {
  await till(folder, 'up', '--detach', '--tenants', String(tenants));
  const running = await findRunning(folder);
  if (running === null) {
    throw new Error('it is not up');
  }
  const family = familyOf(running.state.pid);
  return { ...running, family, data: foldersOf(family) };
}

async function leftNothing(family: readonly number[], data: readonly string[]) {
  await vi.waitFor(() => {
    expect(family.filter(isAlive)).toEqual([]);
    expect(data.filter((folder) => existsSync(folder))).toEqual([]);
  }, 15_000);
}

describe('a detached sandbox', () => {
  it('is found by others, has one of its kind in a folder, and leaves nothing after down', async () => {
    const folder = newFolder();
    const { state, family, data } = await up(folder);
    expect(family.length).toBeGreaterThan(5);
    expect(data.length).toBe(2);

    const status = JSON.parse((await till(folder, 'status', '-o', 'json')).stdout);
    expect(status).toMatchObject({ kind: 'Sandbox', tenants: 1, pid: state.pid, scenarios: [] });
    const { stdout: env } = await till(folder, 'env');
    expect(env).toContain(`export KUBECONFIG='${folder}/kubeconfig'`);
    expect(env).toMatch(/^export PGPORT='\d+'$/m);

    await expect(till(folder, 'up', '--detach')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a sandbox is up already'),
    });

    const { stderr } = await till(folder, 'scenario', 'cron-backlog');
    expect(stderr).toBe('cron-backlog has begun at harbour-shoes\n');
    expect((await findRunning(folder))?.scenarios).toEqual([{ name: 'cron-backlog', tenant: 'harbour-shoes' }]);
    await till(folder, 'reset');
    expect((await findRunning(folder))?.scenarios).toEqual([]);

    await till(folder, 'down');
    await leftNothing(family, data);
    expect(readdirSync(folder)).toEqual([]);
  }, 90_000);

  it('does not meet another one that is up at the same time', async () => {
    const [one, two] = await Promise.all([up(newFolder()), up(newFolder())]);
    expect(one.state.postgres.port).not.toBe(two.state.postgres.port);
    expect(one.state.kubeconfig).not.toBe(two.state.kubeconfig);
  }, 90_000);

  it('that is killed with -9 leaves no server, and the next one starts in its place', async () => {
    const folder = newFolder();
    const { state, family, data } = await up(folder);
    process.kill(state.pid, 'SIGKILL');
    await leftNothing(family, data);
    expect(existsSync(join(folder, 'sandbox.json'))).toBe(true);

    expect(await findRunning(folder)).toBeNull();
    expect(readdirSync(folder)).toEqual([]);
    const next = await up(folder);
    expect(next.state.pid).not.toBe(state.pid);
  }, 90_000);
});

describe('a private sandbox', () => {
  const script = `
    const { startPrivateSandbox } = await import(${JSON.stringify(resolve('src/sandbox/private.ts'))});
    const { estatePath } = await startPrivateSandbox({
      progress: () => undefined, tenants: 1, entry: ${JSON.stringify(entry)} });
    console.log(estatePath);
    setInterval(() => undefined, 1000);`;

  it('ends with the process that started it, even when that is killed', async () => {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.push(parent);
    const [estatePath] = await once(createInterface({ input: parent.stdout }), 'line');
    const family = familyOf(parent.pid ?? 0);
    const data = foldersOf(family);
    expect(family.length).toBeGreaterThan(6);
    expect(existsSync(estatePath)).toBe(true);

    parent.kill('SIGKILL');

    await leftNothing(family, [...data, resolve(estatePath, '..')]);
  }, 90_000);
});

describe('a sandbox in the foreground', () => {
  it('ends on Ctrl-C and leaves nothing', async () => {
    const folder = newFolder();
    const child = spawn(process.execPath, [entry, 'sandbox', 'up', '--tenants', '1'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TILL_SANDBOX_DIR: folder },
    });
    started.push(child);
    for await (const line of createInterface({ input: child.stderr })) {
      if (line.startsWith('ready')) {
        break;
      }
    }
    const family = familyOf(child.pid ?? 0);
    const data = foldersOf(family);
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(130);
    await leftNothing(family, data);
    expect(readdirSync(folder)).toEqual([]);
  }, 90_000);
});
