import * as v from 'valibot';
import { suggest } from '#text/suggest.ts';
import type { Flaw, Path } from './problem.ts';
import { estateSchema, secretReference } from './schema.ts';

/** As much of a valibot schema as is needed to find the place that an issue is about. */
interface Shape {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Shape>>;
  readonly wrapped?: Shape;
  readonly value?: Shape;
  readonly item?: Shape;
  readonly options?: readonly unknown[];
}

type Issue = v.BaseIssue<unknown>;

/** Everything in `input` that the schema of an estate does not allow, each with what would be right. */
export function flawsOf(input: unknown): readonly Flaw[] {
  const result = v.safeParse(estateSchema, input);
  const flaws = result.success ? [] : result.issues.flatMap((issue) => flawsOfIssue(issue, []));
  return firstPerPlace(flaws);
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
    return [{ path: parent, at: 'value', message: 'should be a mapping of keys and values, not a list' }];
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

/** The schema that governs a place. */
function shapeAt(path: Path): Shape | undefined {
  let shape: Shape | undefined = unwrapped(asShape(estateSchema));
  for (const part of path) {
    if (shape?.type === 'union') {
      // On a path into a union, the option is the one that knows the next key.
      shape = optionsOf(shape)
        .map(({ shape: option }) => unwrapped(option))
        .find((option) => option?.entries !== undefined && Object.hasOwn(option.entries, part));
    }
    const next: Shape | undefined =
      typeof part === 'number'
        ? shape?.item
        : (shape?.entries?.[part] ?? (shape?.type === 'record' ? shape.value : undefined));
    shape = unwrapped(next);
  }
  return shape;
}

function unwrapped(shape: Shape | undefined): Shape | undefined {
  let inner = shape;
  while (inner?.wrapped !== undefined) {
    inner = inner.wrapped;
  }
  return inner;
}

function isSecret(shape: Shape | undefined): boolean {
  return shape !== undefined && shape === asShape(secretReference);
}

interface Option {
  readonly schema: v.GenericSchema;
  readonly shape: Shape;
}

function optionsOf(shape: Shape): readonly Option[] {
  return (shape.options ?? []).filter(isSchema).map((schema) => ({ schema, shape: asShape(schema) }));
}

function likeliest(shape: Shape, input: Readonly<Record<string, unknown>>): Option | undefined {
  const shared = ({ shape: { entries = {} } }: Option) =>
    Object.keys(input).filter((key) => Object.hasOwn(entries, key));
  return optionsOf(shape).reduce<Option | undefined>(
    (best, option) => (best === undefined || shared(option).length > shared(best).length ? option : best),
    undefined,
  );
}

function isSchema(value: unknown): value is v.GenericSchema {
  return isRecord(value) && value['kind'] === 'schema';
}

function asShape(schema: v.GenericSchema): Shape {
  return schema as unknown as Shape;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
