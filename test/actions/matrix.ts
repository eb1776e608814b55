import { vi } from 'vitest';
import type { Action } from '#actions/action.ts';
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
  const given = Object.fromEntries([
    ...(action.words ?? []).map(({ name }, index) => [name, words[index]]),
    ...action.flags.map(({ name, value, multiple }) => {
      const values = flags.get(name);
      return [name, values === undefined ? undefined : value === undefined ? true : multiple ? values : values.at(-1)];
    }),
  ]);
  vi.useFakeTimers({ now: exampleTime, toFake: ['Date'] });
  try {
    return action.parse(given);
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
