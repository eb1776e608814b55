import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine } from '../api/log.ts';
import type { Pod } from '../shapes.ts';
import type { ProcessOptions } from '../types.ts';
import type { Cluster } from './cluster.ts';
import { environmentOf } from './pod-environment.ts';
import { mountedVolumes, translated } from './pod-volumes.ts';

export interface Exit {
  readonly exitCode: number;
  readonly signal: number | null;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Exit>;
}

const mostLines = 5_000;
const signals: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/**
 * Pods that are real: those of one image in one namespace run what the image would, as a process of this machine in a group of its own.
 * There is no container around it: volumes are folders, and a path at which one is mounted is that folder in arguments and values.
 */
export class Processes {
  readonly #options: ProcessOptions;
  readonly #running = new Map<string, Running>();
  readonly #logs = new Map<string, LogLine[]>();

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  runs({ metadata, spec }: Pod): boolean {
    return metadata.namespace === this.#options.namespace && spec.containers[0]?.image === this.#options.image;
  }

  /** There is one image on this machine, and nowhere to pull another from. */
  lacks({ metadata, spec }: Pod): boolean {
    return metadata.namespace === this.#options.namespace && spec.containers[0]?.image !== this.#options.image;
  }

  /** Starts a pod's container; resolves once it runs. Throws NotReady. */
  async start(cluster: Cluster, pod: Pod): Promise<{ readonly ended: Promise<Exit> }> {
    const { folder, entrypoint, env: base } = this.#options;
    const [container] = pod.spec.containers;
    const own = this.#folderOf(pod);
    if (container === undefined) {
      throw new Error('a pod without a container');
    }
    await mkdir(own, { recursive: true, mode: 0o700 });
    const mounted = await mountedVolumes(cluster, pod, container, { own, claims: join(folder, 'claims') });
    const environment = Object.entries(environmentOf(cluster, pod, container));
    const words = ((container['args'] ?? []) as readonly string[]).map((word) => translated(word, mounted));
    const [file = '', ...first] = entrypoint;
    const child = spawn(file, [...first, ...words], {
      cwd: own,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...base,
        ...Object.fromEntries(environment.map(([name, value]) => [name, translated(value, mounted)])),
        HOSTNAME: pod.metadata.name,
      },
    });
    const lines = this.#logs.get(pod.metadata.uid) ?? [];
    this.#logs.set(pod.metadata.uid, lines);
    for (const stream of [child.stdout, child.stderr]) {
      collect(stream, (text) => {
        lines.push({ at: cluster.clock.now(), text });
        lines.splice(0, lines.length - mostLines);
      });
    }
    const { promise: ended, resolve } = Promise.withResolvers<Exit>();
    child.on('error', (error) => {
      lines.push({ at: cluster.clock.now(), text: error.message });
      resolve({ exitCode: 127, signal: null });
    });
    child.on('close', (code, signal) => {
      const number = signal === null ? null : (signals[signal] ?? 9);
      // What it left running goes with its container.
      kill(child, 'SIGKILL');
      resolve({ exitCode: code ?? 128 + (number ?? 0), signal: number });
    });
    this.#running.set(pod.metadata.uid, { child, ended });
    void ended.then(() => this.#running.delete(pod.metadata.uid));
    return { ended };
  }

  isRunning({ metadata }: Pod): boolean {
    return this.#running.has(metadata.uid);
  }

  /** SIGTERM, and SIGKILL when its time is up; resolves when it is gone. */
  async end({ metadata }: Pod, graceMs: number): Promise<void> {
    const running = this.#running.get(metadata.uid);
    if (running === undefined) {
      return;
    }
    kill(running.child, 'SIGTERM');
    const patience = setTimeout(() => kill(running.child, 'SIGKILL'), graceMs);
    await running.ended;
    clearTimeout(patience);
  }

  logOf({ metadata }: Pod): readonly LogLine[] | undefined {
    return this.#logs.get(metadata.uid);
  }

  async forget(pod: Pod): Promise<void> {
    if (!this.#logs.has(pod.metadata.uid)) {
      return;
    }
    await this.#running.get(pod.metadata.uid)?.ended;
    this.#logs.delete(pod.metadata.uid);
    await rm(this.#folderOf(pod), { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#running.values()].map(async ({ child, ended }) => {
        kill(child, 'SIGKILL');
        await ended;
      }),
    );
    await rm(this.#options.folder, { recursive: true, force: true });
  }

  #folderOf({ metadata }: Pod): string {
    return join(this.#options.folder, metadata.uid);
  }
}

function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) {
      process.kill(-pid, signal);
    }
  } catch {
    // The group is gone.
  }
}

function collect(stream: NodeJS.ReadableStream | null, line: (text: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const each of lines) {
      line(each);
    }
  });
  stream?.on('end', () => {
    if (rest !== '') {
      line(rest);
    }
  });
}
