import type { ConsoleState } from '../state/state.ts';
import { paletteWords, wordNamed } from './words.ts';

/** What Tab offers: the whole line it would make, and what to show for it. */
export interface Offer {
  readonly line: string;
  readonly label: string;
  readonly note: string;
}

/** What the line may become: words at first, then what the word takes. Beginnings first, then what has it inside. */
export function completionsFor(state: ConsoleState, line: string): readonly Offer[] {
  const [, name = '', space = '', typed = ''] = /^\s*(\S*)(\s*)(.*)$/u.exec(line) ?? [];
  if (space === '') {
    return paletteWords(state)
      .filter(
        (word) => word.name.startsWith(name) || word.aliases?.some((alias) => name !== '' && alias.startsWith(name)),
      )
      .map((word) => {
        const reason = word.disabledReason?.(state) ?? null;
        const argument = word.argument === undefined ? '' : ` ${word.argument.name}`;
        return {
          line: `${word.name}${word.argument === undefined ? '' : ' '}`,
          label: `${word.name}${argument}`,
          note: reason === null ? word.title : `(${reason})`,
        };
      });
  }
  const word = wordNamed(state, name);
  const last = /\S*$/u.exec(typed)?.[0] ?? '';
  const before = line.slice(0, line.length - last.length);
  const candidates = word?.argument?.candidates(state, typed.slice(0, typed.length - last.length)) ?? [];
  const asked = last.toLowerCase();
  const begins = candidates.filter(({ value }) => value.toLowerCase().startsWith(asked));
  const inside = asked === '' ? [] : candidates.filter(({ value }) => value.toLowerCase().indexOf(asked) > 0);
  return [...begins, ...inside].map(({ value, note }) => ({ line: `${before}${value}`, label: value.trim(), note }));
}
