// Stands in for `string-width` inside the bundle: the real one compiles \p{RGI_Emoji} at the first box-drawing character,
// 45 ms before the first frame. Simple texts with colours are counted here; everything else is the real one's business,
// because a simplified slow path disagreed in 14 % of nasty mixes (facts: terminal.md §2.2).
import { isSimple } from './simple.ts';

type StringWidth = (text: string, options?: object) => number;

let real: StringWidth | undefined;

/** The real package, evaluated on first need: esbuild wraps what is required, not what is imported. */
function realStringWidth(): StringWidth {
  real ??= (require('till:string-width') as { default: StringWidth }).default;
  return real;
}

export function stringWidth(text: string, options?: object): number {
  if (options !== undefined || typeof text !== 'string') {
    return realStringWidth()(text, options);
  }
  let width = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isSimple(code)) {
      width += 1;
      continue;
    }
    const end = code === 0x1b ? endOfColour(text, index) : -1;
    if (end === -1) {
      return realStringWidth()(text);
    }
    index = end;
  }
  return width;
}

/** Index of the `m` that ends the SGR sequence at `start`; -1 when it is anything else. */
function endOfColour(text: string, start: number): number {
  if (text[start + 1] !== '[') {
    return -1;
  }
  for (let index = start + 2; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x6d) {
      return index;
    }
    if (!(code >= 0x30 && code <= 0x39) && code !== 0x3b) {
      return -1;
    }
  }
  return -1;
}
