import { type Grade, type LayerStatus, layers, type SignalStatus } from '#health/status.ts';
import { signOf } from '#themes/glyphs.ts';
import { calmAge, secondsSince } from '../components/age.ts';
import { type Column, cellsOf, layOut, titlesOf, widest } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import { ageCell, layerSign } from '../tenants/columns.ts';
import type { SectionContext, SectionRow, SectionView } from './section.ts';
import { thresholdInWords, valueInWords } from './value.ts';

/** Every signal of the three layers, worst first in each. */
export function signalsSection({ status, width, now }: SectionContext): SectionView {
  const layout = layOut(columns(status.signals, width, now), width);
  const rows: SectionRow[] = [];
  for (const layer of layers) {
    rows.push(heading(layer.toUpperCase(), status.layers[layer]));
    for (const signal of status.signals.filter((one) => one.layer === layer).sort(worstFirst)) {
      rows.push({
        id: signal.name,
        spans: cellsOf(layout, signal, now),
        facts: factsOf(signal, now),
        text: legible(signal.message),
      });
    }
  }
  return { titles: titlesOf(layout), rows, words: null };
}

function heading(title: string, status: LayerStatus | null): SectionRow {
  const { glyph, word, token } = layerSign(status);
  const words = status === null ? 'no signal applies' : word;
  return {
    id: null,
    spans: [span(`${title} `, 'text.strong'), span(`${glyph} ${words}`, token)],
    facts: [],
    text: '',
  };
}

const badness: Readonly<Record<Grade, number>> = { critical: 0, warn: 1, unknown: 2, ok: 3 };

function worstFirst(a: SignalStatus, b: SignalStatus): number {
  return badness[a.grade] - badness[b.grade] || a.title.localeCompare(b.title);
}

function columns(signals: readonly SignalStatus[], width: number, now: number): readonly Column<SignalStatus>[] {
  const thresholds = signals.map(({ threshold, unit }) => thresholdInWords(threshold, unit));
  return [
    {
      id: 'title',
      title: '  SIGNAL',
      width:
        2 +
        widest(
          signals.map(({ title }) => title),
          6,
          width >= 100 ? 26 : 20,
        ),
      priority: 0,
      cell: ({ title, grade, reason }) => {
        const { glyph, token } = signOf(grade, reason);
        return [span(`${glyph} `, token), span(legible(title))];
      },
    },
    {
      id: 'value',
      title: 'VALUE',
      align: 'right',
      width: widest(
        signals.map(({ value, unit }) => valueInWords(value, unit)),
        5,
        12,
      ),
      priority: 1,
      cell: ({ value, unit, grade, reason }) =>
        span(valueInWords(value, unit), grade === 'ok' ? 'text' : signOf(grade, reason).token),
    },
    {
      id: 'threshold',
      title: 'WARN / CRIT',
      width: widest(thresholds, 11, 24),
      priority: 4,
      cell: ({ threshold, unit }) => span(thresholdInWords(threshold, unit), 'text.secondary'),
    },
    {
      id: 'message',
      title: 'WHAT',
      width: width >= 100 ? 52 : 32,
      flexible: true,
      priority: 2,
      cell: ({ message, grade }) => span(legible(message), grade === 'ok' ? 'text.secondary' : 'text'),
    },
    {
      id: 'source',
      title: 'SOURCE',
      width: widest(
        signals.map(({ source }) => source),
        6,
        28,
      ),
      priority: 5,
      cell: ({ source }) => span(legible(source), 'text.secondary'),
    },
    {
      id: 'age',
      title: 'AGE',
      align: 'right',
      width: 4,
      priority: 3,
      cell: ({ observedAt }) => ageCell(observedAt, now),
    },
  ];
}

function factsOf(
  { name, value, unit, threshold, source, observedAt, cause, grade, reason }: SignalStatus,
  now: number,
): readonly Span[] {
  const sign = signOf(grade, reason);
  const bounds = thresholdInWords(threshold, unit);
  const seconds = secondsSince(observedAt, now);
  return [
    span(`${sign.glyph} ${sign.word} `, sign.token),
    span(`${name} ${valueInWords(value, unit)}`),
    span(bounds === '' ? '' : `   warn / critical from ${bounds}`, 'text.secondary'),
    span(`   from ${legible(source)}`, 'text.secondary'),
    span(
      seconds === null ? '   never observed' : `   ${seconds < 5 ? 'just now' : `${calmAge(seconds)} ago`}`,
      'text.secondary',
    ),
    span(cause === null ? '' : `   shared cause ${legible(cause)}`, 'status.warn'),
  ];
}
