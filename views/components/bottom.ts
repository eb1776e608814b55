import { cells, cut } from '#text/width.ts';
import type { Token } from '#themes/index.ts';
import { type Binding, keyName } from '../bindings/binding.ts';
import { bindingsFor } from '../bindings/index.ts';
import { ledgerScreen } from '../ledger/moves.ts';
import { ledgerRows } from '../ledger/rows.ts';
import { completionsFor, type Offer } from '../palette/complete.ts';
import type { ConsoleState, FlashTone, Input } from '../state/state.ts';
import { parseFilter } from '../tenants/filter.ts';
import { shownTenants } from '../tenants/rows.ts';
import { legible } from './legible.ts';
import { type Span, span, widthOf } from './line.ts';
import { wrapWords } from './wrap.ts';

/**
 * The last rows of every screen: what was said, or more of what the cursor is on; and in the last one the keys, or the line
 * that is being typed.
 */
export function bottomLines(
  state: ConsoleState,
  details: readonly (readonly Span[])[],
  count: number,
  width: number,
): readonly (readonly Span[])[] {
  const { input, flash } = state;
  const said = flash === null ? null : flashLines(state, width, count - 1);
  const last =
    input === null
      ? count < 2
        ? (said?.[0] ?? hints(state, width))
        : hints(state, width)
      : inputLine(state, input, width);
  const above = input === null ? (said ?? details) : underInput(state, input, width);
  return [...Array.from({ length: Math.max(0, count - 1) }, (_, row) => above[row] ?? []), last];
}

/** What was said, on as many rows as there are for it: a reason is of no use without its end. */
function flashLines({ flash }: ConsoleState, width: number, most: number): readonly (readonly Span[])[] {
  return flash === null
    ? []
    : wrapWords(legible(flash.text), width - 2, Math.max(1, most)).map((text) => [
        span(` ${text}`, toneTokens[flash.tone]),
      ]);
}

function flashLine(state: ConsoleState): readonly Span[] {
  return flashLines(state, Number.MAX_SAFE_INTEGER, 1)[0] ?? [];
}

const toneTokens: Readonly<Record<FlashTone, Token>> = {
  said: 'text.strong',
  refused: 'status.warn',
  good: 'status.ok',
  bad: 'status.critical',
};

/** The last row while something else than a screen has the keys: what was said, or what they do. */
export function keyHints(state: ConsoleState, keys: readonly (readonly [string, string])[]): readonly Span[] {
  return state.flash === null
    ? keys.flatMap(([name, word]) => [span(` ${name}`, 'key'), span(` ${word}  `, 'text.secondary')])
    : flashLine(state);
}

/**
 * As many keys as fit, each whole: the screen's own, what can be done there, the ways around. Where not all have room, the
 * first of its own stays, then the palette and the list of keys, which lead to everything else, then what can be done. One
 * that cannot run is there all the same, in brackets.
 */
export function hints(state: ConsoleState, width: number): readonly Span[] {
  const hinted = bindingsFor(state).filter((binding) => binding.hint !== undefined);
  const own = hinted.filter(({ where, kind }) => where !== 'everywhere' && kind === undefined);
  const actions = hinted.filter(({ kind }) => kind === 'action');
  const possible = actions.filter((one) => (one.disabledReason?.(state) ?? null) === null);
  const impossible = actions.filter((one) => !possible.includes(one));
  const lead = hinted.filter(({ id }) => id === 'palette' || id === 'help');
  const rest = hinted.filter(
    ({ where, kind, id }) => kind === 'way' || (where === 'everywhere' && id !== 'palette' && id !== 'help'),
  );
  const shown = new Map<Binding, readonly Span[]>();
  let left = width;
  for (const binding of [...own.slice(0, 1), ...lead, ...possible, ...impossible, ...own.slice(1), ...rest]) {
    const spans = hint(binding, state);
    if (widthOf(spans) <= left) {
      shown.set(binding, spans);
      left -= widthOf(spans);
    }
  }
  return [...own, ...actions, ...lead, ...rest].flatMap((binding) => shown.get(binding) ?? []);
}

function hint({ keys, hint: word = '', disabledReason }: Binding, state: ConsoleState): readonly Span[] {
  const name = keyName(keys[0] ?? '');
  const disabled = disabledReason?.(state) ?? null;
  return disabled === null
    ? [span(` ${name}`, 'key'), span(` ${word}  `, 'text.secondary')]
    : [span(` (${name} ${word}) `, 'text.secondary')];
}

function inputLine(state: ConsoleState, { purpose, line }: Input, width: number): readonly Span[] {
  const sign = purpose === 'palette' ? ':' : '/';
  const offers = purpose === 'palette' ? completionsFor(state, line.before) : [];
  const ghost = line.after === '' ? ghostOf(line.before, offers) : '';
  const room = Math.max(8, width - 4);
  // A long line shows its end, where the typing is.
  let { before } = line;
  while (cells(before) > room) {
    before = before.slice(Math.max(1, before.length - room));
  }
  return [
    span(` ${sign}`, 'key'),
    span(legible(before)),
    span('▏', 'key'),
    span(legible(line.after)),
    span(cut(ghost, Math.max(0, room - cells(before))), 'text.secondary'),
  ];
}

/** The rest of the only thing it can become. */
function ghostOf(before: string, offers: readonly Offer[]): string {
  const [first] = offers;
  return first !== undefined && before !== '' && first.line.startsWith(before) ? first.line.slice(before.length) : '';
}

function underInput(state: ConsoleState, input: Input, width: number): readonly (readonly Span[])[] {
  if (input.purpose === 'filter') {
    const { mistake } = parseFilter(state.tenants.filter);
    return [
      mistake === null ? [span(` ${shownTenants(state).length} shown`, 'match')] : [span(` ${mistake}`, 'status.warn')],
      [span(' words · tier=critical · grade=warn,critical · !word   Enter keeps · Esc clears', 'text.secondary')],
    ];
  }
  if (input.purpose === 'ledger-filter') {
    const screen = ledgerScreen(state);
    const shown = screen === undefined ? 0 : ledgerRows(screen).length;
    return [
      [span(` ${shown} shown`, 'match')],
      [span(' a tenant, a person, an action, an id   Enter keeps · Esc clears', 'text.secondary')],
    ];
  }
  const offers = completionsFor(state, input.line.before);
  const [first] = offers;
  const note =
    first === undefined || first.note === '' ? [] : [span(` ${first.label}: ${legible(first.note)}`, 'text.secondary')];
  return [state.flash === null ? offerLine(offers, width) : flashLine(state), note];
}

/** As many offers as fit, and how many more there are. */
function offerLine(offers: readonly Offer[], width: number): readonly Span[] {
  const spans: Span[] = [span(' ')];
  for (const [index, { label }] of offers.entries()) {
    const next = span(`${legible(label)}   `, index === 0 ? 'text.title' : 'text.strong');
    if (widthOf(spans) + cells(next.text) > width - 6) {
      return [...spans, span(`+${offers.length - index}`, 'text.secondary')];
    }
    spans.push(next);
  }
  return spans;
}
