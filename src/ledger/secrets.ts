const secretWord = '(?:password|passwd|passphrase|secret|token|api[-_]?key|private[-_]?key)';
/** `password: unchanged` says something about a password, and not which. */
const harmlessValue = '(?:none|null|unset|unchanged|changed|reset|rotated|expired|invalid|missing|unknown|required)\\b';

/**
 * Shapes that only secrets have. No guess by entropy: image digests, commit ids and ULIDs stand in reasons every day
 * and look just as random. What an action's schema lets in is the first guard; this is the second (facts: access-audit.md §3.5).
 */
const shapes: readonly (readonly [what: string, shape: RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/s],
  ['a token', /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/],
  ['a token', /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,})/],
  ['a token', /\b(?:hv[sbr]\.[\w-]{20,}|npm_\w{30,}|dop_v1_\w{40,}|ya29\.[\w-]{20,}|AIza[\w-]{30,})/],
  ['a token', /\b(?:sk-[\w-]{20,}|[rs]k_(?:live|test)_\w{10,})/],
  ['an access key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a password hash', /(?:SCRAM-SHA-256\$\d+:|\$pbkdf2-sha512\$|\$argon2id?\$|\$2[aby]\$\d\d\$)\S+/],
  ['a token', /\b(?:Bearer|Basic)\s+[\w+/.~-]{12,}=*/i],
  ['a password', /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@]{0,256}:[^\s/@]{1,256}@/i],
  ['a password', new RegExp(`${secretWord}["']?\\s*[:=]\\s*["']?(?!["']?[*<‹[$]|${harmlessValue})[^\\s"',;]{4,}`, 'i')],
  ['a password', /\b(?:IDENTIFIED BY|PASSWORD)\s+'[^']+'/i],
];

/** What a text seems to hold, in words (`a token`); null when nothing in it looks like a secret. */
export function secretIn(text: string): string | null {
  return shapes.find(([, shape]) => shape.test(text))?.[0] ?? null;
}

export const redactedMark = '‹redacted›';

/** The text with everything that looks like a secret replaced. */
export function withoutSecrets(text: string): string {
  return shapes.reduce((rest, [, shape]) => rest.replace(new RegExp(shape, `${shape.flags}g`), redactedMark), text);
}

/** True for a field that holds a secret by its name: `PGPASSWORD`, `api_key`. `secretName` only says where one is. */
export function namesSecret(field: string): boolean {
  const last = field.split(/[.[\]/]/).findLast((part) => !/^\d*$/.test(part)) ?? '';
  return /(?:password|passwd|passphrase|secret|token|apikey|privatekey|accesskey|credentials?|authorization|cookie)s?$/i.test(
    last.replace(/[-_\s]/g, ''),
  );
}
