import { clean } from '#text/clean.ts';
import { isGlob } from '#text/glob.ts';

/** What a person would have to type to be allowed what was just refused: complete, and safe to paste into a shell. */
export function requestLine({
  seconds,
  tenants,
  actions,
  reason,
  word = 'request',
  plan = null,
}: {
  readonly seconds: number;
  readonly tenants: readonly string[];
  readonly actions: readonly string[];
  readonly reason: string | null;
  readonly word?: 'request' | 'break-glass';
  readonly plan?: string | null;
}): string {
  const parts = [
    `till access ${word} --for ${spanWords(seconds)}`,
    ...(tenants.length === 0 ? [] : [`--tenants ${quoted(tenants.join(','))}`]),
    `--actions ${quoted(actions.join(','))}`,
    ...(plan === null ? [] : [`--plan ${plan}`]),
    `--reason ${reasonWord(reason)}`,
  ];
  return parts.join(' ');
}

/** The shortest way that a duration can be typed: `45m`, `4h`, `90s`. */
export function spanWords(seconds: number): string {
  const fitting = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'm'],
  ] as const;
  const found = fitting.find(([size]) => seconds >= size && seconds % size === 0);
  return found === undefined ? `${seconds}s` : `${seconds / found[0]}${found[1]}`;
}

/** A text that nobody could read in a line is asked for again. */
function reasonWord(reason: string | null): string {
  return reason === null || reason.length > 200 ? '"why"' : quoted(clean(reason));
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w.,:/@-]+$/u.test(text) && !isGlob(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
