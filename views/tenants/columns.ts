import type { LayerStatus, TenantStatus } from '#health/status.ts';
import { sparkline } from '#text/sparkline.ts';
import { absent, marks, type Sign, signOf } from '#themes/glyphs.ts';
import type { Token } from '#themes/index.ts';
import type { MarkedTenant } from '../acting/marked.ts';
import { calmAge, laggingSeconds, secondsSince } from '../components/age.ts';
import { type Column, widest } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';

/** The tenant table's columns for a screen of this width. */
export function tenantColumns(rows: readonly TenantStatus[], width: number): readonly Column<TenantStatus>[] {
  const roomy = width >= 100;
  const bars = width >= 100 ? 12 : 6;
  const layerWidth = width >= 150 ? 11 : width >= 72 ? 4 : 1;
  return [
    {
      id: 'name',
      title: 'TENANT',
      width: widest(nameWidths(rows), 6, roomy ? 28 : width >= 60 ? 16 : 12),
      priority: 0,
      cell: (row) => [
        span(legible(row.tenant), row.grade === 'ok' ? 'text' : 'text.strong'),
        ...marksOf(row).map(({ glyph, token }) => span(` ${glyph}`, token)),
      ],
    },
    {
      id: 'tier',
      title: 'TIER',
      width: widest(
        rows.map(({ tier }) => tier ?? ''),
        4,
        roomy ? 12 : 8,
      ),
      priority: 5,
      cell: ({ tier }) => span(legible(tier ?? '–'), 'text.secondary'),
    },
    layerColumn('platform', 'PLATFORM', layerWidth),
    layerColumn('application', 'APPLICATION', layerWidth),
    layerColumn('business', 'BUSINESS', layerWidth),
    { id: 'worst', title: 'WHY', width: 18, flexible: true, priority: 2, cell: why },
    {
      id: 'orders',
      title: bars === 12 ? 'ORDERS 60 MIN' : 'ORDERS',
      width: bars === 12 ? 13 : 6,
      priority: 6,
      cell: ({ orders }) =>
        orders === null ? span('·'.repeat(bars), 'text.secondary') : span(sparkline(spread(orders, bars)), 'orders'),
    },
    {
      id: 'age',
      title: 'AGE',
      width: 4,
      align: 'right',
      priority: 4,
      cell: ({ observedAt }, now) => ageCell(observedAt, now),
    },
  ];
}

/** A name with the marks that stand behind it. */
function* nameWidths(rows: readonly TenantStatus[]): Generator<string> {
  for (const row of rows) {
    yield legible(row.tenant) + '  '.repeat(marksOf(row).length);
  }
}

/** What is no grade of a layer, and has to be seen all the same. */
function marksOf({
  incident,
  frozen,
  backup,
}: MarkedTenant): readonly { readonly glyph: string; readonly token: Token }[] {
  return [
    ...(incident === null ? [] : [{ glyph: marks.incident, token: 'incident' } as const]),
    ...(frozen === null ? [] : [{ glyph: marks.frozen, token: 'freeze' } as const]),
    ...(backup === undefined
      ? []
      : [{ glyph: backup.kind === 'late' ? marks.backupLate : marks.proofOld, token: 'status.warn' } as const]),
  ];
}

function layerColumn(layer: keyof TenantStatus['layers'], title: string, width: number): Column<TenantStatus> {
  const short = { platform: 'PLAT', application: 'APP', business: 'BIZ' }[layer];
  return {
    id: layer,
    title: width >= title.length ? title : width > 1 ? short : short.charAt(0),
    width: width === 4 ? short.length : width,
    priority: 1,
    cell: ({ layers }) => {
      const sign = layerSign(layers[layer]);
      const { glyph, word, token } = sign;
      return width > 4
        ? [span(glyph, token), span(` ${word}`, word === 'ok' ? 'text.secondary' : token)]
        : span(`${width > 1 ? ' ' : ''}${glyph}`, token);
    },
  };
}

export function layerSign(status: LayerStatus | null): Sign {
  return status === null ? absent : signOf(status.grade, status.reason);
}

/** The reason of the layer that decides: loading, forbidden, unreachable and stale each have a sign of their own. */
export function tenantSign({ grade, decidedBy, layers }: TenantStatus): Sign {
  return signOf(grade, decidedBy === null ? null : (layers[decidedBy]?.reason ?? null));
}

function why(tenant: TenantStatus): Span {
  const { grade } = tenant;
  const text = legible(tenant.message);
  return grade === 'ok' ? span(text, 'text.secondary') : span(text === '' ? tenantSign(tenant).word : text);
}

export function ageCell(observedAt: string | null, now: number): Span {
  const seconds = secondsSince(observedAt, now);
  if (seconds === null) {
    return span('–', 'text.secondary');
  }
  return span(calmAge(seconds), seconds > laggingSeconds ? 'status.warn' : 'text.secondary');
}

/** The series in this many bars: neighbours are added up, so that a narrow screen loses detail and not time. */
function spread(values: readonly number[], bars: number): readonly number[] {
  const each = Math.max(1, Math.ceil(values.length / bars));
  return Array.from({ length: Math.ceil(values.length / each) }, (_, bar) =>
    values.slice(bar * each, (bar + 1) * each).reduce((sum, value) => sum + value, 0),
  );
}
