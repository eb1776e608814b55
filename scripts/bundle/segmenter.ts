// Stands in for `Intl.Segmenter` inside the bundle. Ink and three libraries below it make one each while they load, which
// costs 9–19 ms before the first frame, and run it over every row of every frame (facts: terminal.md §2.2). This one is
// made on first need, and answers for simple texts by itself.
import { isSimple } from './simple.ts';

const escapeCode = 0x1b;
const lineFeed = 0x0a;

function isSimpleText(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (!isSimple(code) && code !== escapeCode && code !== lineFeed) {
      return false;
    }
  }
  return true;
}

/** Each code unit is a grapheme of its own. slice-ansi asks which one stands at a place, too. */
function codeUnits(text: string): Intl.Segments {
  const at = (index: number): Intl.SegmentData => ({ segment: text.charAt(index), index, input: text });
  return {
    *[Symbol.iterator]() {
      for (let index = 0; index < text.length; index += 1) {
        yield at(index);
      }
      return undefined;
    },
    containing: (place = 0) => (place >= 0 && place < text.length ? at(Math.trunc(place)) : undefined),
  } as Intl.Segments;
}

const real = globalThis.Intl;

export class LazySegmenter {
  readonly #arguments: ConstructorParameters<typeof Intl.Segmenter>;
  readonly #byGrapheme: boolean;
  #segmenter: Intl.Segmenter | undefined;

  constructor(...args: ConstructorParameters<typeof Intl.Segmenter>) {
    this.#arguments = args;
    this.#byGrapheme = (args[1]?.granularity ?? 'grapheme') === 'grapheme';
  }

  segment(text: string): Intl.Segments {
    if (this.#byGrapheme && isSimpleText(text)) {
      return codeUnits(text);
    }
    this.#segmenter ??= new real.Segmenter(...this.#arguments);
    return this.#segmenter.segment(text);
  }
}
