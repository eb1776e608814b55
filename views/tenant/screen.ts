import { layers } from '#health/status.ts';
import { clean } from '#text/clean.ts';
import { marks } from '#themes/glyphs.ts';
import { bottomLines } from '../components/bottom.ts';
import { localDay } from '../components/clock.ts';
import { leftAndRight, paint, type Span, span, widthOf } from '../components/line.ts';
import { wrapWords } from '../components/wrap.ts';
import type { ConsoleState, TenantScreen } from '../state/state.ts';
import { layerSign, tenantSign } from '../tenants/columns.ts';
import { estateLine } from '../tenants/header.ts';
import { tenantHeights } from './heights.ts';
import type { SectionContext, SectionRow } from './section.ts';
import { contextFor, sectionView, tenantSections } from './sections.ts';

/** One tenant: its three layers in words, and one section of what is behind them. */
export function tenantScreenLines(state: ConsoleState, screen: TenantScreen): readonly string[] {
  const width = state.columns - 1;
  const heights = tenantHeights(state);
  const line = (spans: readonly Span[]) => paint(spans, state.theme, width);
  const rule = line([span('─'.repeat(width), 'border')]);
  const context = contextFor(state, screen);
  const view = sectionView(state, screen);
  const selected = view.rows.filter(({ selectable }) => selectable)[screen.cursor];
  const headers = [
    tenantLine(state, screen, context, width),
    tabsLine(screen, context, width),
    estateLine(state, width),
  ];
  const ordered = heights.headers === 3 ? [headers[2], headers[0], headers[1]] : headers.slice(0, heights.headers);
  return [
    ...ordered.map((spans) => line(spans ?? [])),
    ...(heights.rules > 0 ? [rule] : []),
    ...(heights.titles > 0 ? [line([span('  '), ...view.titles])] : []),
    ...table(state, screen, view.rows, view.words, selected, heights.table, width),
    ...(heights.rules > 1 ? [rule] : []),
    ...details(selected, heights.bottom - 2, width).map(line),
    ...bottomLines(state, lastDetail(selected, heights.bottom, width), Math.min(2, heights.bottom), width).map(line),
  ];
}

function tenantLine(
  state: ConsoleState,
  { tenant }: TenantScreen,
  context: SectionContext | null,
  width: number,
): readonly Span[] {
  if (context === null) {
    return [span(` ${clean(tenant)} `, 'text.title'), span('is not in this estate (any more)', 'status.unknown')];
  }
  const { status } = context;
  const sign = tenantSign(status);
  const name = [span(` ${clean(tenant)}  `, 'text.title'), span(`${sign.glyph} ${sign.word}`, sign.token)];
  const three = layers.flatMap((layer) => {
    const { glyph, token } = layerSign(status.layers[layer]);
    return [span(`   ${layer} `, 'text.secondary'), span(glyph, token)];
  });
  const marked = [
    ...(status.frozen === null
      ? []
      : [
          span(
            `   ${marks.frozen} ${clean(status.frozen.name)} until ${localDay(status.frozen.until, state.now)}`,
            'freeze',
          ),
        ]),
    ...(status.incident === null ? [] : [span(`   ! ${clean(status.incident)}`, 'incident')]),
  ];
  const where = [status.tier, status.environment, status.hosting, place(status.cluster, status.namespace)]
    .filter((part) => part !== null && part !== '')
    .map((part) => clean(part ?? ''))
    .join(' · ');
  const right = [span(`${where} `, 'text.secondary')];
  const left = [...name, ...three, ...marked];
  return leftAndRight(widthOf(left) <= width ? left : [...name, ...marked], right, width);
}

function place(cluster: string | null, namespace: string | null): string {
  return [cluster, namespace].filter((part) => part !== null).join('/');
}

function tabsLine({ section }: TenantScreen, context: SectionContext | null, width: number): readonly Span[] {
  const tabs = (counts: boolean) =>
    tenantSections.flatMap(({ id, title, count }, index) => {
      const open = id === section;
      const amount = !counts || context === null ? null : count(context);
      return [
        span(`${index === 0 ? ' ' : '   '}${index + 1} `, 'key'),
        span(open ? `[${title}]` : title, open ? 'text.strong' : 'text.secondary'),
        span(amount === null ? '' : ` ${amount}`, 'text.secondary'),
      ];
    });
  const full = tabs(true);
  if (widthOf(full) <= width) {
    return full;
  }
  const short = tabs(false);
  return widthOf(short) <= width ? short : short.filter(({ token }) => token !== 'text.secondary');
}

function table(
  { theme, rows }: ConsoleState,
  { top }: TenantScreen,
  lines: readonly SectionRow[],
  words: readonly Span[] | null,
  selected: SectionRow | undefined,
  height: number,
  width: number,
): readonly string[] {
  if (words !== null) {
    const at = rows >= 12 ? 1 : 0;
    return Array.from({ length: height }, (_, row) => (row === at ? paint([span('  '), ...words], theme, width) : ''));
  }
  return Array.from({ length: height }, (_, row) => {
    const one = lines[top + row];
    if (one === undefined) {
      return '';
    }
    const here = one === selected;
    const gutter = span(here ? `${marks.cursor} ` : one.selectable ? '  ' : ' ', 'key');
    return paint([gutter, ...one.spans], theme, width, here ? 'row.selected' : undefined);
  });
}

/** The lines above the last two: facts and the beginning of the text, where the terminal has the rows. */
function details(row: SectionRow | undefined, count: number, width: number): readonly (readonly Span[])[] {
  if (count < 1) {
    return [];
  }
  const wrapped = row === undefined ? [] : wrapWords(row.text, width - 2, count);
  const lines = [row === undefined ? [] : [span(' '), ...row.facts], ...wrapped.map((text) => [span(` ${text}`)])];
  return Array.from({ length: count }, (_, index) => lines[index] ?? []);
}

function lastDetail(row: SectionRow | undefined, bottom: number, width: number): readonly Span[] {
  if (row === undefined) {
    return [];
  }
  return bottom < 4 ? [span(` ${row.text}`)] : [span(` ${wrapWords(row.text, width - 2, 2)[1] ?? ''}`)];
}
