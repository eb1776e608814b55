// A disk that fails, or a machine that dies, at the n-th thing that changes a file. Imported before everything else.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

export interface Fault {
  /** The how manieth change fails; none when there are fewer. */
  at: number;
  /** `SIGKILL`; the code of an error, such as `ENOSPC`; or `gone`, after which nothing reaches the disk any more. */
  how: string;
  seen: number;
  /** Calls that were seen, for the test's message. */
  calls: string[];
}

export const fault: Fault = { at: 0, how: 'SIGKILL', seen: 0, calls: [] };

function isDue(name: string): boolean {
  fault.seen += 1;
  fault.calls.push(name);
  return fault.how === 'gone' && fault.at > 0 ? fault.seen >= fault.at : fault.seen === fault.at;
}

function fail(name: string): Error {
  if (fault.how === 'SIGKILL') {
    process.kill(process.pid, 'SIGKILL');
  }
  const code = fault.how === 'gone' ? 'EIO' : fault.how;
  return Object.assign(new Error(`${code}: made to fail, ${name}`), { code, syscall: name });
}

type Any = (...args: readonly unknown[]) => unknown;

/** Fails before the call; a write has half of its bytes written by then. */
function faulty(name: string, real: Any, half?: (args: readonly unknown[]) => readonly unknown[]): Any {
  return (...args) => {
    if (!isDue(name)) {
      return real(...args);
    }
    if (half !== undefined && fault.seen === fault.at) {
      real(...half(args));
    }
    throw fail(name);
  };
}

const target = fs as unknown as Record<string, Any>;
const real = { ...target };

for (const name of ['renameSync', 'rmSync', 'mkdirSync', 'ftruncateSync', 'fsyncSync', 'fdatasyncSync', 'fchmodSync']) {
  target[name] = faulty(name, real[name] as Any);
}
// Only openings that may make a file change anything.
target['openSync'] = (...args) => {
  const makes = typeof args[1] === 'string' ? args[1] !== 'r' : (Number(args[1]) & fs.constants.O_CREAT) !== 0;
  return makes ? faulty('openSync', real['openSync'] as Any)(...args) : real['openSync']?.(...args);
};
target['writeSync'] = faulty('writeSync', real['writeSync'] as Any, ([file, bytes, at]) =>
  Buffer.isBuffer(bytes)
    ? [file, bytes, at, Math.floor((bytes.length - Number(at)) / 2)]
    : [file, String(bytes).slice(0, 40), at],
);
target['writeFileSync'] = faulty('writeFileSync', real['writeFileSync'] as Any, ([path, text, options]) => [
  path,
  String(text).slice(0, 40),
  options,
]);
target['fdatasync'] = (...args) => {
  const done = args.at(-1) as (error: Error | null) => void;
  if (isDue('fdatasync')) {
    done(fail('fdatasync'));
  } else {
    real['fdatasync']?.(...args);
  }
};
syncBuiltinESMExports();
