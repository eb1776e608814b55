import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bundle } from '../../scripts/bundle.ts';

export interface Finished {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Program {
  /** What a shell has to run in place of `till`. */
  readonly words: readonly [string, string];
  run(words: readonly string[], options?: RunOptions): Promise<Finished>;
  start(
    words: readonly string[],
    options?: RunOptions,
  ): { readonly child: ChildProcess; readonly finished: Promise<Finished> };
  /** A line for bash, in which `till` is the program. */
  shell(line: string, options?: RunOptions): Promise<Finished>;
  remove(): Promise<void>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

/** The program as it runs: bundled from these sources into a folder of its own, and started as a process. */
export async function bundledProgram(): Promise<Program> {
  const home = await mkdtemp(join(tmpdir(), 'till-program-'));
  await bundle({ entryPoints: { main: 'bin/main.ts' }, outdir: home });
  await writeFile(join(home, 'package.json'), '{"type":"module"}');
  const main = join(home, 'main.js');
  const launch = (command: string, words: readonly string[], { env = {}, folder = home }: RunOptions = {}) => {
    const child = spawn(command, words, {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: join(home, 'no-kubeconfig'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const finished = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
      ([[exit], out, err]): Finished => ({ exit, out, err }),
    );
    return { child, finished };
  };
  return {
    words: [process.execPath, main],
    run: (words, options) => launch(process.execPath, [main, ...words], options).finished,
    start: (words, options) => launch(process.execPath, [main, ...words], options),
    shell: (line, options) =>
      launch('bash', ['-c', `till() { '${process.execPath}' '${main}' "$@"; }\n${line}`], options).finished,
    remove: () => rm(home, { recursive: true, force: true }),
  };
}
