import { vi } from 'vitest';
import type { Action } from '#actions/action.ts';
import { paramsAsked, type Typed } from '#actions/asked.ts';
import { commandOf } from '#commands/act.ts';
import type { Invocation } from '#grammar/command.ts';
import { parse } from '#grammar/parse.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import { fakeIo } from '../grammar/fake-io.ts';

/** Before every date that an example names. */
const exampleTime = Date.parse('2026-11-22T00:00:00Z');

/** The parameters that a line of an action's own help comes to: so a new action enters the matrix by being registered. */
export function paramsOf(action: Action, line: string): JsonObject {
  const command = commandOf(action);
  const { arguments: words, flags } = parse(wordsOf(line).slice(2), command, {});
  const typed: Typed = {
    arguments: words,
    value: (flag) => flags.get(flag)?.at(-1),
    values: (flag) => flags.get(flag) ?? [],
    given: (flag) => flags.has(flag),
  };
  vi.useFakeTimers({ now: exampleTime, toFake: ['Date'] });
  try {
    return paramsAsked(action, typed);
  } finally {
    vi.useRealTimers();
  }
}

/** As a shell splits it, double quotes alone. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|\S+/gu)].map(([word, quoted]) => quoted ?? word);
}

/** A call without a terminal, with these flags. */
export function calledWith(flags: Readonly<Record<string, string | true>>) {
  const io = fakeIo();
  const invocation: Invocation = {
    io,
    arguments: [],
    value: (flag) => (typeof flags[flag] === 'string' ? flags[flag] : undefined),
    values: (flag) => (typeof flags[flag] === 'string' ? [flags[flag]] : []),
    given: (flag) => flags[flag] !== undefined,
    estate: () => Promise.reject(new Error('it has been read')),
  };
  return { io, invocation };
}
