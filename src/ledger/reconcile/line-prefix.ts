/** What stands before the message in a line of PostgreSQL's stderr log. */
export interface Prefixed {
  readonly time: string | null;
  readonly user: string | null;
  readonly application: string | null;
  readonly host: string | null;
  readonly message: string;
}

/** What each escape of `log_line_prefix` may stand for; those that are of use have a name. */
const escapes: Readonly<Record<string, string>> = {
  m: '(?<m>\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} [A-Z+:\\d-]+)',
  t: '(?<t>\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d [A-Z+:\\d-]+)',
  n: '(?<n>\\d{10}\\.\\d{3})',
  u: '(?<u>.*?)',
  d: '.*?',
  a: '(?<a>.*?)',
  h: '(?<h>\\S*?)',
  r: '(?<r>\\S*?)',
  p: '\\d+',
  l: '\\d+',
  c: '[0-9a-f.]+',
  i: '.*?',
  e: '[0-9A-Z]{5}',
  x: '\\d+',
  v: '\\S*?',
  b: '.*?',
  s: '.*?',
  P: '\\d*',
  Q: '-?\\d*',
};

/** Usual ones, tried in turn where nobody says what the server's `log_line_prefix` is. */
export const usualPrefixes = [
  '%m [%p] %q%u@%d/%a %h ',
  '%m [%p] %q[user=%u,db=%d,app=%a,client=%h] ',
  '%m [%p] user=%u,db=%d,app=%a,client=%h ',
  '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
  '%t [%p]: user=%u,db=%d,app=%a,client=%h ',
  '%m [%p] %u@%d %a %h ',
  '%m [%p] %q%u@%d ',
  '%m [%p] ',
];

export class LinePrefix {
  readonly #patterns: readonly RegExp[];

  constructor(prefixes: readonly string[]) {
    this.#patterns = prefixes.map(
      (prefix) => new RegExp(`^${patternOf(prefix)}(?<level>[A-Z]+\\d?): {2}(?<message>.*)$`, 'su'),
    );
  }

  read(line: string): Prefixed | null {
    for (const pattern of this.#patterns) {
      const found = pattern.exec(line)?.groups;
      if (found !== undefined) {
        const { m, t, n, u, a, h, r, message = '' } = found;
        const time = m ?? t ?? (n === undefined ? null : new Date(Number(n) * 1_000).toISOString());
        return {
          ...{ time, message, user: u ?? null, application: a ?? null },
          host: h ?? r?.replace(/\(\d+\)$/, '') ?? null,
        };
      }
    }
    return null;
  }
}

/** `%q` ends the prefix for processes without a session; padding (`%-10u`) is blanks. */
function patternOf(prefix: string): string {
  const [session = '', ...rest] = prefix.split('%q');
  const own = pieces(session);
  return rest.length === 0 ? own : `${own}(?:${pieces(rest.join(''))})?`;
}

function pieces(text: string): string {
  return text.replaceAll(/%(?<pad>-?\d+)?(?<letter>[a-zA-Z%])|(?<plain>[\\^$.*+?()[\]{}|/])/g, (...all) => {
    const { pad, letter, plain } = all.at(-1) as Readonly<Record<string, string | undefined>>;
    if (plain !== undefined) {
      return `\\${plain}`;
    }
    const known = letter === '%' ? '%' : (escapes[letter ?? ''] ?? '.*?');
    return pad === undefined ? known : ` *${known} *`;
  });
}
