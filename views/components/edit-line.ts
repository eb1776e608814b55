import type { Key } from '../terminal/keys.ts';
import { legible } from './legible.ts';

/** A line being typed, with the caret between its two halves. */
export interface EditLine {
  readonly before: string;
  readonly after: string;
}

export const emptyLine: EditLine = { before: '', after: '' };

export function lineOf(text: string): EditLine {
  return { before: text, after: '' };
}

export function textOf({ before, after }: EditLine): string {
  return before + after;
}

/** The line after a key; null when the key is not for a line. */
export function edit(line: EditLine, { name, text }: Key): EditLine | null {
  const { before, after } = line;
  switch (name) {
    case 'backspace':
      return { before: withoutLast(before), after };
    case 'delete':
    case 'ctrl+d':
      return { before, after: after.slice(firstOf(after).length) };
    case 'left':
    case 'ctrl+b': {
      const kept = withoutLast(before);
      return { before: kept, after: before.slice(kept.length) + after };
    }
    case 'right':
    case 'ctrl+f': {
      const first = firstOf(after);
      return { before: before + first, after: after.slice(first.length) };
    }
    case 'home':
    case 'ctrl+a':
      return { before: '', after: before + after };
    case 'end':
    case 'ctrl+e':
      return { before: before + after, after: '' };
    case 'ctrl+u':
      return { before: '', after };
    case 'ctrl+k':
      return { before, after: '' };
    case 'ctrl+w':
    case 'alt+backspace':
      return { before: before.replace(/\S+\s*$/u, ''), after };
    default: {
      const typed = legible(text);
      return typed === '' ? null : { before: before + typed, after };
    }
  }
}

let segmenter: Intl.Segmenter | undefined;

function graphemesOf(text: string): readonly string[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function firstOf(text: string): string {
  return graphemesOf(text)[0] ?? '';
}

function withoutLast(text: string): string {
  return text.slice(0, text.length - (graphemesOf(text).at(-1)?.length ?? 0));
}
