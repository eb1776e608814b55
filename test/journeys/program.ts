import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Layer, TenantStatus } from '#health/status.ts';

/** The program as it is built: `npm test` builds before it tests. */
export const till = resolve('bin/till.js');

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly ms: number;
}

/** What `status -o json` prints. */
export interface StatusList {
  readonly apiVersion: string;
  readonly kind: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly items: readonly Omit<TenantStatus, 'signals' | 'orders'>[];
}

/** Somebody who uses till: a home, an environment, words typed. */
export interface Person {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs `till …` in pipes to its end. */
  run(...words: readonly string[]): Promise<Finished>;
  /** Runs `till … -o json` and returns what it printed, whatever its exit code. */
  json<Printed = StatusList>(...words: readonly string[]): Promise<Printed>;
  /** Runs a line of shell in which `till` is the program. */
  shell(line: string): Promise<Finished>;
  leave(): void;
}

/** A newcomer: an empty home, nothing of the machine's own kubeconfig or estate. */
export function newcomer(more: Readonly<Record<string, string>> = {}): Person {
  const home = mkdtempSync(join(tmpdir(), 'till-home-'));
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    KUBECONFIG: join(home, 'no-kubeconfig'),
    ...more,
  };
  const run = (...words: readonly string[]) => finished(process.execPath, [till, ...words], env, home);
  return {
    home,
    env,
    run,
    json: async (...words) => {
      const { out, err, code } = await run(...words, '-o', 'json');
      try {
        return JSON.parse(out);
      } catch {
        throw new Error(`till ${words.join(' ')} (exit ${code}) printed no JSON: ${out}${err}`);
      }
    },
    shell: (line) =>
      finished('/bin/bash', ['-c', `till() { "${process.execPath}" "${till}" "$@"; }\n${line}`], env, home),
    leave: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** One tenant of a list, by name. */
export function tenantOf({ items }: StatusList, name: string) {
  const found = items.find(({ tenant }) => tenant === name);
  if (found === undefined) {
    throw new Error(`${name} is not among ${items.map(({ tenant }) => tenant).join(', ')}`);
  }
  return found;
}

/** `platform: critical blocked-sessions` and so on: what a reader of the list sees first. */
export function gist(list: StatusList, name: string): Readonly<Record<Layer, string | null>> {
  const { layers } = tenantOf(list, name);
  const words = Object.entries(layers).map(([layer, status]) => [
    layer,
    status === null ? null : status.grade === 'ok' ? 'ok' : `${status.grade} ${status.signal}`,
  ]);
  return Object.fromEntries(words);
}

function finished(file: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Finished> {
  const began = performance.now();
  const child = spawn(file, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const { promise, resolve: settle, reject } = Promise.withResolvers<Finished>();
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.on('error', reject);
  child.on('close', (code) => settle({ code, out, err, ms: performance.now() - began }));
  return promise;
}
