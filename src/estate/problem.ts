import { clean } from '#text/clean.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

export type Path = readonly (string | number)[];

/** Something wrong in an estate file, by the place in the data; the loader adds line and column. */
export interface Flaw {
  readonly path: Path;
  /** Whether the key or its value is what is wrong. */
  readonly at: 'key' | 'value';
  /** What is wrong. */
  readonly message: string;
  /** What would be right. */
  readonly hint?: string;
}

/** A flaw where the reader finds it. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  /** `tenants[2].tier`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint: string | null;
}

const shownAtMost = 50;

/** An estate file with everything that is wrong in it, in the file's order. */
export class EstateInvalid extends TillError {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const first = problems[0];
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    const lines = problems.slice(0, shownAtMost).map((problem) => problemLine(file, problem));
    const rest = problems.length > shownAtMost ? [`  and ${problems.length - shownAtMost} more`] : [];
    super([`${clean(file)} is not a valid estate: ${count}`, ...lines, ...rest].join('\n'), {
      exit: exitCodes.usage,
      reason: 'estate-invalid',
      target: first === undefined ? file : `${file}:${first.line}:${first.column}`,
      next: 'till estate schema prints what may stand where',
    });
    this.name = 'EstateInvalid';
    this.problems = problems;
  }
}

function problemLine(file: string, { line, column, path, message, hint }: Problem): string {
  const place = path === '' ? '' : `${path}: `;
  return `  ${clean(file)}:${line}:${column}  ${clean(`${place}${message}`)}${hint === null ? '' : `; ${clean(hint)}`}`;
}

/** `['tenants', 2, 'tier']` → `tenants[2].tier` */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') {
      return `${text}[${part}]`;
    }
    return text === '' ? part : `${text}.${part}`;
  }, '');
}
