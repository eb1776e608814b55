import { execFile } from 'node:child_process';

export interface RanVerifier {
  readonly exit: number;
  /** One word. */
  readonly reason: string;
  /** What it printed, and how it was called. */
  readonly text: string;
}

/** Runs the verifier of the pack itself, as a program of its own, on what lies in the pack. */
export async function runVerifier(
  folder: string,
  { keys, estateId, hasProofs }: { keys: readonly string[]; estateId: string; hasProofs: boolean },
): Promise<RanVerifier> {
  const words = [
    ...['till-verify.mjs', 'records.jsonl', '--part', '--estate', estateId],
    ...keys.flatMap((key) => ['--key', key]),
    ...(hasProofs ? ['--proof', 'proofs'] : []),
  ];
  const { exit, printed } = await ran(folder, words);
  const reason = /^\S+ ([a-z-]+):/u.exec(printed)?.[1] ?? 'not-run';
  const call = ['node', ...words.map((word) => (/^[\w./-]+$/u.test(word) ? word : `'${word}'`))].join(' ');
  return { exit, reason, text: `$ ${call}\n${printed}exit code ${exit}\n` };
}

function ran(cwd: string, words: readonly string[]): Promise<{ readonly exit: number; readonly printed: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...words], { cwd, env: {}, maxBuffer: 1 << 24 }, (_, stdout, stderr) => {
      resolve({ exit: child.exitCode ?? 2, printed: stdout + stderr });
    });
  });
}
