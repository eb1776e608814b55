import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface Summing {
  /** Bytes that have passed. */
  passed(): number;
  /** When the input has ended: what passed. Rejects when nobody reads any longer. */
  readonly done: Promise<{ readonly sha256: string; readonly bytes: number }>;
  /** It ends with its input; this wakes it where a budget holds it back. */
  stop(): void;
}

interface Given {
  readonly from: number;
  readonly to: number;
  /** Bytes that have passed, as a 64-bit number; and whether to stop. */
  readonly passed: BigInt64Array;
  readonly stop: Int32Array;
  readonly bytesPerSecond: number | null;
}

/**
 * Hands every byte of one pipe on to another, in a thread of its own with one buffer: summed, counted, and held back under a budget.
 * Through streams the same costs three times the CPU, which on the host of a database is somebody else's. The caller closes both
 * descriptors when it has ended.
 */
export function summing(from: number, to: number, bytesPerSecond: number | undefined): Summing {
  const given: Given = {
    ...{ from, to, bytesPerSecond: bytesPerSecond ?? null },
    ...{ passed: new BigInt64Array(new SharedArrayBuffer(8)), stop: new Int32Array(new SharedArrayBuffer(4)) },
  };
  const worker = new Worker(`(${handOn.toString()})()`, {
    ...{ eval: true, workerData: given, trackUnmanagedFds: false, execArgv: [] },
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
  });
  const done = ended(worker);
  done.catch(() => undefined);
  return {
    done,
    passed: () => Number(Atomics.load(given.passed, 0)),
    stop() {
      Atomics.store(given.stop, 0, 1);
      Atomics.notify(given.stop, 0);
    },
  };
}

async function ended(worker: Worker) {
  const [[told]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  const { sha256, bytes, error } = told as { readonly sha256: string; readonly bytes: number; readonly error?: string };
  if (error !== undefined) {
    throw new Error(error);
  }
  return { sha256, bytes };
}

/** Runs in the thread, as text: it may name nothing of this file. */
function handOn(): void {
  const { readSync, writeSync } = process.getBuiltinModule('node:fs');
  const { createHash } = process.getBuiltinModule('node:crypto');
  const { workerData, parentPort } = process.getBuiltinModule('node:worker_threads');
  const { from, to, passed, stop, bytesPerSecond }: Given = workerData;
  const buffer = Buffer.allocUnsafe(64 * 1024);
  const sum = createHash('sha256');
  let bytes = 0;
  let freeAt = 0;
  try {
    for (let read = readSync(from, buffer); read > 0; read = readSync(from, buffer)) {
      sum.update(buffer.subarray(0, read));
      for (let at = 0; at < read; ) {
        at += writeSync(to, buffer, at, read - at);
      }
      bytes += read;
      Atomics.store(passed, 0, BigInt(bytes));
      if (bytesPerSecond !== null) {
        const now = performance.now();
        freeAt = Math.max(now, freeAt) + (read / bytesPerSecond) * 1000;
        if (freeAt - now > 20) {
          Atomics.wait(stop, 0, 0, freeAt - now);
        }
      }
      if (Atomics.load(stop, 0) === 1) {
        throw new Error('it was stopped');
      }
    }
    parentPort?.postMessage({ bytes, sha256: sum.digest('hex') });
  } catch (error) {
    parentPort?.postMessage({ bytes, sha256: '', error: error instanceof Error ? error.message : String(error) });
  }
}
