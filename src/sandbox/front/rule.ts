/** What a rule is asked about. */
export interface Asking {
  /** Lower case, without a port. */
  readonly host: string;
  readonly path: string;
  readonly method: string;
}

export type Rule = (asking: Asking) => boolean;

/**
 * Traefik's routing rules, as far as routes of an Odoo use them: Host, HostRegexp, Path, PathPrefix, PathRegexp and Method,
 * joined by `&&`, `||`, `!` and parentheses. Null where a rule cannot be read: Traefik then leaves the router out.
 */
export function parseRule(text: string): Rule | null {
  try {
    return read(text);
  } catch {
    // A regular expression that is none.
    return null;
  }
}

function read(text: string): Rule | null {
  const tokens = [...text.matchAll(/&&|\|\||!|\(|\)|,|[A-Za-z]+|`[^`]*`|"[^"]*"|\S/g)].map(([token]) => token);
  let at = 0;
  const take = (token: string) => tokens[at] === token && ++at > 0;

  function either(): Rule | null {
    let left = both();
    while (left !== null && take('||')) {
      const [one, other] = [left, both()];
      left = other && ((asking) => one(asking) || other(asking));
    }
    return left;
  }
  function both(): Rule | null {
    let left = one();
    while (left !== null && take('&&')) {
      const [first, second] = [left, one()];
      left = second && ((asking) => first(asking) && second(asking));
    }
    return left;
  }
  function one(): Rule | null {
    if (take('!')) {
      const rule = one();
      return rule && ((asking) => !rule(asking));
    }
    if (take('(')) {
      const rule = either();
      return take(')') ? rule : null;
    }
    return matcher();
  }
  function matcher(): Rule | null {
    const name = tokens[at++] ?? '';
    const words: string[] = [];
    if (!take('(')) {
      return null;
    }
    while (!take(')')) {
      if (at === tokens.length) {
        return null;
      }
      if (!take(',')) {
        words.push((tokens[at++] ?? '').slice(1, -1));
      }
    }
    const matcherOf = Object.hasOwn(matchers, name) ? matchers[name] : undefined;
    if (matcherOf === undefined || words.length === 0) {
      return null;
    }
    const rules = words.map(matcherOf);
    return (asking) => rules.some((rule) => rule(asking));
  }

  const rule = either();
  return at === tokens.length ? rule : null;
}

const matchers: Readonly<Record<string, (word: string) => Rule>> = {
  Host: (word) => {
    const wanted = word.toLowerCase();
    return ({ host }) => host === wanted;
  },
  HostRegexp: (word) => {
    const pattern = new RegExp(word);
    return ({ host }) => pattern.test(host);
  },
  Path:
    (word) =>
    ({ path }) =>
      path === word,
  PathPrefix:
    (word) =>
    ({ path }) =>
      path.startsWith(word),
  PathRegexp: (word) => {
    const pattern = new RegExp(word);
    return ({ path }) => pattern.test(path);
  },
  Method:
    (word) =>
    ({ method }) =>
      method === word,
};
