import * as v from 'valibot';
import { suggest } from '#text/suggest.ts';
import type { Flaw, Path } from './problem.ts';
import { type EstateFile, estateSchema } from './schema.ts';
import { estateShape, isRecord, isSecret, likeliest, type Shape, shapeAt, unwrapped } from './shape.ts';

type Issue = v.BaseIssue<unknown>;

export interface Described {
  /** The estate with every default filled in; null when something is wrong. */
  readonly estate: EstateFile | null;
  readonly flaws: readonly Flaw[];
}

/** The estate that `input` spells, or everything in it that the schema does not allow, each with what would be right. */
export function described(input: unknown): Described {
  const lists = listsForMappings(input, estateShape, []);
  const result = v.safeParse(estateSchema, input);
  if (result.success && lists.length === 0) {
    return { estate: result.output, flaws: [] };
  }
  const flaws = result.success ? [] : result.issues.flatMap((issue) => flawsOfIssue(issue, []));
  const others = flaws.filter(({ path }) => !lists.some((list) => isWithin(path, list.path)));
  return { estate: null, flaws: firstPerPlace([...lists, ...others]) };
}

/** A list where a mapping belongs: valibot takes a list's positions for keys, so it is looked for here. */
function listsForMappings(input: unknown, schema: Shape | undefined, path: Path): readonly Flaw[] {
  const shape = mappingOf(unwrapped(schema), input);
  const isMapping = shape?.entries !== undefined || shape?.type === 'record';
  if (Array.isArray(input)) {
    return isMapping
      ? [{ path, at: 'value', message: `should be a mapping of keys and values, not ${shown(input)}` }]
      : input.flatMap((one: unknown, index) => listsForMappings(one, shape?.item, [...path, index]));
  }
  return isMapping && isRecord(input)
    ? Object.entries(input).flatMap(([key, value]) =>
        listsForMappings(value, shape.entries === undefined ? shape.value : shape.entries[key], [...path, key]),
      )
    : [];
}

/** Of a union, the option that is meant. What stands for a secret is left to its own words. */
function mappingOf(shape: Shape | undefined, input: unknown): Shape | undefined {
  if (shape?.type !== 'union' || isSecret(shape)) {
    return shape;
  }
  return likeliest(shape, isRecord(input) ? input : {})?.shape;
}

function isWithin(path: Path, parent: Path): boolean {
  return parent.every((part, index) => path[index] === part);
}

function flawsOfIssue(issue: Issue, prefix: Path): readonly Flaw[] {
  const path = [...prefix, ...(issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))];
  const isAboutKey = issue.path?.at(-1)?.origin === 'key';
  if (isAboutKey && issue.expected === 'never') {
    return unknownKeys(path.slice(0, -1), issue.path?.at(-1)?.input);
  }
  if (isAboutKey && issue.input === undefined) {
    return [missingKey(path)];
  }
  if (isAboutKey) {
    return [{ path, at: 'key', message: `"${String(issue.input)}" is not ${issue.message}` }];
  }
  const shape = shapeAt(path);
  if (isSecret(shape)) {
    return secretFlaws(path, issue.input);
  }
  if (issue.type === 'union' && isRecord(issue.input)) {
    return flawsOfOption(path, issue.input, shape);
  }
  return [wrongValue(path, issue, shape)];
}

/** One slip may break several rules; the first one says it. */
function firstPerPlace(flaws: readonly Flaw[]): readonly Flaw[] {
  const seen = new Set<string>();
  return flaws.filter(({ path, at, message }) => {
    const key = `${at} ${JSON.stringify(path)} ${message.startsWith('is missing') ? message : ''}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

function unknownKeys(parent: Path, input: unknown): readonly Flaw[] {
  if (!isRecord(input)) {
    return [{ path: parent, at: 'value', message: `should be a mapping of keys and values, not ${shown(input)}` }];
  }
  const shape = shapeAt(parent);
  if (isSecret(shape)) {
    return secretFlaws(parent, input);
  }
  const option = shape?.type === 'union' ? likeliest(shape, input)?.shape : shape;
  const known = Object.keys(option?.entries ?? {});
  return Object.keys(input)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const meant = suggest(key.toLowerCase(), known);
      return {
        path: [...parent, key],
        at: 'key',
        message: 'there is no such key here',
        hint: meant === undefined ? `there is ${known.join(', ')}` : `did you mean \`${meant}\`?`,
      };
    });
}

function missingKey(path: Path): Flaw {
  const key = String(path.at(-1));
  const hints: Readonly<Record<string, string>> = {
    apiVersion: 'add the line `apiVersion: till/v1`',
    id: `add the line \`id: ${crypto.randomUUID()}\` and never change it`,
  };
  const hint = hints[key];
  return {
    path: path.slice(0, -1),
    at: 'value',
    message: `is missing \`${key}\``,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** What is written in a secret's place is never repeated: it may be the secret. */
function secretFlaws(path: Path, input: unknown): readonly Flaw[] {
  return [
    {
      path,
      at: 'value',
      message: isRecord(input)
        ? 'a secret is named by exactly one of `env`, `file` or `secret`'
        : 'a secret is never written in an estate file',
      hint: 'name an environment variable `{env: NAME}`, a file `{file: PATH}`, or a Kubernetes Secret `{secret: {cluster, namespace, name, key}}`',
    },
  ];
}

/** A union says only that nothing fitted: the option that shares most keys with what was written says more. */
function flawsOfOption(
  path: Path,
  input: Readonly<Record<string, unknown>>,
  shape: Shape | undefined,
): readonly Flaw[] {
  const option = shape === undefined ? undefined : likeliest(shape, input);
  const result = option === undefined ? undefined : v.safeParse(option.schema, input);
  if (result === undefined || result.success) {
    return [{ path, at: 'value', message: 'is none of the forms that may stand here' }];
  }
  return result.issues.flatMap((issue) => flawsOfIssue(issue, path));
}

function wrongValue(path: Path, issue: Issue, shape: Shape | undefined): Flaw {
  const { input } = issue;
  if (input === null || input === undefined) {
    return { path, at: 'key', message: 'is empty', hint: 'give it a value, or remove the key' };
  }
  const wanted = issue.message.startsWith('Invalid ') ? inWords(issue, shape) : issue.message;
  const hint = hintFor(input, shape);
  return {
    path,
    at: 'value',
    message: `should be ${wanted}, not ${shown(input)}`,
    ...(hint === undefined ? {} : { hint }),
  };
}

function inWords(issue: Issue, shape: Shape | undefined): string {
  if (shape?.type === 'picklist') {
    return `one of ${choices(shape).join(', ')}`;
  }
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    number: 'a number',
    boolean: 'true or false',
    Array: 'a list',
    Object: 'a mapping of keys and values',
  };
  return words[issue.expected ?? ''] ?? issue.expected ?? 'something else';
}

function hintFor(input: unknown, shape: Shape | undefined): string | undefined {
  switch (shape?.type) {
    case 'picklist': {
      const meant = typeof input === 'string' ? suggest(input, choices(shape)) : undefined;
      return meant === undefined ? undefined : `did you mean "${meant}"?`;
    }
    case 'boolean':
      return typeof input === 'string' ? 'write it without quotes; yes and no are plain text in YAML 1.2' : undefined;
    case 'number':
      return typeof input === 'string' && input.trim() !== '' && Number.isFinite(Number(input))
        ? 'take the quotes away'
        : undefined;
    case 'string':
      return typeof input === 'number' || typeof input === 'boolean' ? 'put it in quotes' : undefined;
    default:
      return undefined;
  }
}

function choices({ options = [] }: Shape): readonly string[] {
  return options.filter((option) => typeof option === 'string');
}

function shown(input: unknown): string {
  if (Array.isArray(input)) {
    return input.length === 0 ? 'an empty list' : 'a list';
  }
  if (typeof input === 'string' && /@|:\/\//u.test(input)) {
    // A URL may carry a password, so it is not repeated.
    return 'a URL';
  }
  if (typeof input === 'object') {
    return 'a mapping';
  }
  const text = JSON.stringify(input) ?? String(input);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
