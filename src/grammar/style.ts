import type { Io } from './command.ts';

/** What a piece of text is for; the colours are the terminal's own sixteen, so that every scheme stays readable. */
export type Tone = 'plain' | 'strong' | 'faint' | 'good' | 'warn' | 'bad' | 'unsure';

const codes: Readonly<Record<Exclude<Tone, 'plain'>, readonly [number, number]>> = {
  strong: [1, 22],
  faint: [2, 22],
  good: [32, 39],
  warn: [33, 39],
  bad: [31, 39],
  unsure: [35, 39],
};

export type Paint = (tone: Tone, text: string) => string;

/**
 * Colour only on a terminal, and never when the reader said no (facts: kubernetes.md §6.2); FORCE_COLOR is for the one who
 * pipes into `less -R`. `NO_COLOR` counts when it is not empty.
 */
export function paintFor(env: Io['env'], isTTY: boolean, noColor: boolean): Paint {
  return hasColour(env, isTTY, noColor) ? painted : (_tone, text) => text;
}

function hasColour(env: Io['env'], isTTY: boolean, noColor: boolean): boolean {
  if (noColor || isSet(env['NO_COLOR'])) {
    return false;
  }
  if (isSet(env['FORCE_COLOR'])) {
    return env['FORCE_COLOR'] !== '0';
  }
  return isTTY && env['TERM'] !== 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function painted(tone: Tone, text: string): string {
  if (tone === 'plain' || text === '') {
    return text;
  }
  const [on, off] = codes[tone];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
