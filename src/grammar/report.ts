import { clean } from '#text/clean.ts';
import { type ExitCode, exitCodes, TillError } from '#text/till-error.ts';
import type { Io } from './command.ts';
import { paintFor } from './style.ts';

export interface ReportOptions {
  /** Errors follow the format of the output: with json, jsonl and yaml a JSON `Error` (which is YAML too). */
  readonly format: string | undefined;
  readonly noColor: boolean;
  /** Keeps the details of an error nobody foresaw; gives the file's path, or null when it is not wanted. */
  keepDetails(error: unknown): string | null;
}

/** Says on stderr what happened and what to do next; the exit code is what it returns. Never a stack. */
export function report(error: unknown, io: Io, options: ReportOptions): ExitCode {
  const shown = error instanceof TillError ? error : unforeseen(error, options);
  io.err(isMachine(options.format) ? machineText(shown) : humanText(shown, io, options.noColor));
  return shown.exit;
}

function isMachine(format: string | undefined): boolean {
  return format === 'json' || format === 'jsonl' || format === 'yaml';
}

function unforeseen(error: unknown, { keepDetails }: ReportOptions): TillError {
  const said = error instanceof Error ? error.message : String(error);
  const path = keepDetails(error);
  return new TillError(`till failed unexpectedly: ${clean(said) || 'no reason given'}`, {
    exit: exitCodes.failed,
    reason: 'unexpected',
    next: path === null ? 'run it again with TILL_DEBUG=1 to keep the details in a file' : `the details are in ${path}`,
    cause: error,
  });
}

function machineText(error: TillError): string {
  const { exit, reason, message, target, next, retryable, operation } = error;
  const problems = 'problems' in error ? { problems: error.problems } : {};
  const fields = { code: exit, reason, message, target, next, retryable, operation, ...problems };
  return `${JSON.stringify({ apiVersion: 'till/v1', kind: 'Error', ...fields })}\n`;
}

function humanText(error: TillError, io: Io, noColor: boolean): string {
  const paint = paintFor(io.env, io.stderrIsTTY, noColor);
  const lines = error.message.split('\n').map(clean);
  const operation = error.operation === null ? [] : [`operation ${clean(error.operation)}`];
  const next = error.next === null ? [] : [clean(error.next)];
  const [first = '', ...more] = lines;
  return [`${paint('bad', '✖')} ${first}`, ...more, ...operation, ...next.map((line) => `  ${line}`), ''].join('\n');
}
