// Stands in for Ink's `Output` inside the bundle. Ink lays every text on a grid of one object per cell and reads it back as
// strings: 4–5 ms a frame at 160×48 and most of the garbage (facts: terminal.md §1.2, §2.4). Our screens are whole rows,
// painted beforehand; such a frame needs no grid. Any other frame, and any row with more than simple characters, goes to
// Ink's own class, so what is drawn is the same.
import { isSimple } from './simple.ts';

type Transformer = (line: string, index: number) => string;

interface Write {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly transformers: readonly Transformer[];
}

interface Options {
  readonly width: number;
  readonly height: number;
}

interface InkOutput {
  write(x: number, y: number, text: string, options: { readonly transformers: readonly Transformer[] }): void;
  clip(clip: object): void;
  unclip(): void;
  get(): { readonly output: string; readonly height: number };
}

type Operation = (output: InkOutput) => void;

const real = (): (new (options: Options) => InkOutput) =>
  (require('till:ink-output') as { default: new (options: Options) => InkOutput }).default;

export class RowsOutput implements InkOutput {
  readonly #options: Options;
  readonly #operations: Operation[] = [];
  readonly #rows = new Map<number, Write>();
  #isRows = true;

  constructor(options: Options) {
    this.#options = options;
  }

  write(x: number, y: number, text: string, { transformers }: { readonly transformers: readonly Transformer[] }): void {
    if (text === '') {
      return;
    }
    this.#operations.push((output) => output.write(x, y, text, { transformers }));
    this.#isRows &&=
      x === 0 &&
      Number.isInteger(y) &&
      y >= 0 &&
      y < this.#options.height &&
      !this.#rows.has(y) &&
      !text.includes('\n');
    this.#rows.set(y, { x, y, text, transformers });
  }

  clip(clip: object): void {
    this.#isRows = false;
    this.#operations.push((output) => output.clip(clip));
  }

  unclip(): void {
    this.#operations.push((output) => output.unclip());
  }

  get(): { readonly output: string; readonly height: number } {
    const { width, height } = this.#options;
    if (!this.#isRows) {
      return replayed(this.#operations, this.#options);
    }
    const lines = Array.from({ length: height }, (_, y) => {
      const row = this.#rows.get(y);
      return row === undefined ? '' : rowText(row, width);
    });
    return { output: lines.join('\n'), height };
  }
}

/** A row as Ink would write it: transformed, and without blanks at its end. */
function rowText({ text, transformers }: Write, width: number): string {
  if (!isSimpleRow(text)) {
    const operation: Operation = (output) => output.write(0, 0, text, { transformers });
    return replayed([operation], { width, height: 1 }).output;
  }
  return transformers.reduce((line, transform) => transform(line, 0), text).trimEnd();
}

function replayed(
  operations: readonly Operation[],
  options: Options,
): { readonly output: string; readonly height: number } {
  const output = new (real())(options);
  for (const operation of operations) {
    operation(output);
  }
  return output.get();
}

/** Simple characters and colours. Ink rewrites other sequences, and drops characters that must take no cell. */
function isSimpleRow(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (!isSimple(text.charCodeAt(index)) && text.charCodeAt(index) !== 0x1b) {
      return false;
    }
  }
  return true;
}
