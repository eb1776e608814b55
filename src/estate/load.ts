import { readFile, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { decoded } from './decode.ts';
import { type Described, described } from './describe.ts';
import type { Estate } from './estate.ts';
import { withPathsFrom } from './paths.ts';
import { EstateInvalid, type Flaw, type Problem, pathText } from './problem.ts';
import { type ReferenceOptions, referenceFlaws } from './references.ts';
import { type YamlSource, yamlSource } from './yaml-source.ts';

/** Ten thousand listed tenants fit; what is larger is no estate. */
const bytesAtMost = 4 * 1024 * 1024;

/** The estate in a file. Throws EstateInvalid with every problem, or TillError when there is no such file. */
export async function loadEstate(path: string, options: ReferenceOptions = {}): Promise<Estate> {
  return await estateFrom(await bytesOf(path), path, options);
}

/** The estate that these bytes of a file spell. */
export async function estateFrom(bytes: Uint8Array, path: string, options: ReferenceOptions = {}): Promise<Estate> {
  const { text, problem } = decoded(bytes);
  if (problem !== null) {
    throw new EstateInvalid(shown(path), [problem]);
  }
  const source = await yamlSource(text);
  if (source.problems.length > 0) {
    throw new EstateInvalid(shown(path), source.problems);
  }
  const { estate, flaws } = content(source.value, options);
  if (estate === null || flaws.length > 0) {
    const problems = flaws.map((flaw) => located(flaw, source));
    throw new EstateInvalid(
      shown(path),
      problems.sort((a, b) => a.line - b.line || a.column - b.column),
    );
  }
  return withPathsFrom({ ...estate, path }, path);
}

function content(value: unknown, options: ReferenceOptions): Described {
  if (value === null || value === undefined) {
    const hint = '`till estate init` writes one to begin with';
    return { estate: null, flaws: [{ path: [], at: 'value', message: 'the file is empty', hint }] };
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    const hint = 'it begins with `apiVersion: till/v1`';
    return {
      estate: null,
      flaws: [{ path: [], at: 'value', message: 'an estate is a mapping of keys and values', hint }],
    };
  }
  const { estate, flaws } = described(value);
  return { estate, flaws: [...flaws, ...referenceFlaws(value, options)] };
}

function located({ path, at, message, hint }: Flaw, source: YamlSource): Problem {
  return { ...source.locate(path, at), path: pathText(path), message, hint: hint ?? null };
}

/** A file in or below the working folder is named as people type it. */
function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near === '' || near.startsWith('..') ? path : near;
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > bytesAtMost) {
      const message = `the file has ${size} bytes, more than the ${bytesAtMost} that an estate may have`;
      throw new EstateInvalid(shown(path), [{ line: 1, column: 1, path: '', message, hint: null }]);
    }
    return await readFile(path);
  } catch (error) {
    throw error instanceof TillError ? error : unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): TillError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read by this user',
    EISDIR: 'is a folder',
  };
  const why = (typeof code === 'string' ? words[code] : undefined) ?? 'cannot be read';
  return new TillError(`the estate file ${shown(path)} ${why}`, {
    exit: exitCodes.usage,
    reason: code === 'ENOENT' ? 'no-estate' : 'estate-unreadable',
    target: path,
    next: code === 'ENOENT' ? 'till estate init writes one to begin with' : 'name another with --estate FILE',
    cause: error,
  });
}
