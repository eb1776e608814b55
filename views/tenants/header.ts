import type { Grade } from '#health/status.ts';
import type { SourceState } from '#health/watcher.ts';
import { clean } from '#text/clean.ts';
import { sparkline } from '#text/sparkline.ts';
import { gradeSigns, marks, signOf, unknownSigns } from '#themes/glyphs.ts';
import { calmAge, laggingSeconds } from '../components/age.ts';
import { localDay, localMinute, zoneName } from '../components/clock.ts';
import { leftAndRight, type Span, span, widthOf } from '../components/line.ts';
import type { ConsoleState } from '../state/state.ts';
import { recentOrders } from './rows.ts';

const gap = span('   ');

/** Where we are, what we may do, what is frozen, what time it is: on every screen. */
export function estateLine(state: ConsoleState, width: number): readonly Span[] {
  const { picture, estate, now } = state;
  const mode = picture?.estate.mode ?? estate.mode;
  const clusters = estate.clusters.length > 0 ? estate.clusters : clustersOf(state);
  const name = span(` ${clean(picture?.estate.name ?? estate.name)}`, 'text.title');
  const where = clusters.length === 0 ? [] : [span(' ▸ ', 'border'), span(clean(clusters.join(' ')), 'text.secondary')];
  const badge = mode === null ? [] : [gap, span(mode, mode === 'READ-ONLY' ? 'mode.readOnly' : 'mode.readWrite')];
  const freeze = freezeSpans(state);
  const right = [span(localMinute(now)), span(` ${zoneName(now)} `, 'text.secondary')];
  const candidates = [
    [name, ...where, ...badge, ...freeze],
    [name, ...badge, ...freeze],
    [name, ...badge],
  ];
  const left = candidates.find((one) => widthOf(one) + widthOf(right) + 2 <= width) ?? [name, ...badge];
  return leftAndRight(left, right, width);
}

function clustersOf({ picture }: ConsoleState): readonly string[] {
  const names = new Set<string>();
  for (const { cluster } of picture?.tenants ?? []) {
    if (cluster !== null) {
      names.add(cluster);
    }
  }
  return [...names].sort();
}

function freezeSpans({ picture, now }: ConsoleState): readonly Span[] {
  const frozen = picture?.tenants.filter((tenant) => tenant.frozen !== null) ?? [];
  const [first] = frozen;
  if (first?.frozen == null || picture === null) {
    return [];
  }
  const { name, until } = first.frozen;
  const scope = frozen.length === picture.tenants.length ? '' : ` · ${frozen.length} tenants`;
  return [gap, span(`${marks.frozen} ${clean(name)} until ${localDay(until, now)}${scope}`, 'freeze')];
}

const order: readonly Grade[] = ['critical', 'warn', 'ok', 'unknown'];

/** How many are hurt, what the shops sell, and which sources are not to be trusted right now. */
export function countsLine(state: ConsoleState, width: number, shown: number): readonly Span[] {
  const { picture } = state;
  if (picture === null) {
    const what = state.progress ?? 'reading the estate';
    return [span(` ${unknownSigns.loading.glyph} ${clean(what)}`, 'text.secondary')];
  }
  const total = picture.tenants.length;
  const filtered = state.tenants.filter !== '';
  const amount = span(filtered ? ` ${shown} of ${total} tenants` : ` ${total} tenants`, filtered ? 'match' : 'text');
  const counts = (words: boolean) =>
    order.flatMap((grade) => {
      const { glyph, word, token } = gradeSigns[grade];
      const count = picture.counts[grade];
      return [span('  '), span(`${glyph} ${count}${words ? ` ${word}` : ''}`, count === 0 ? 'text.secondary' : token)];
    });
  const orders = ordersSpans(state);
  const right = state.fromDisk ? oldPicture(state) : sourceSpans(state);
  const candidates = [
    [amount, ...counts(true), ...orders],
    [amount, ...counts(true)],
    [amount, ...counts(false)],
  ];
  const left = candidates.find((one) => widthOf(one) + widthOf(right) + 2 <= width) ?? [amount, ...counts(false)];
  return leftAndRight(left, right, width);
}

function ordersSpans({ picture }: ConsoleState): readonly Span[] {
  const selling = picture?.tenants.filter(({ orders }) => orders !== null) ?? [];
  if (selling.length === 0) {
    return [];
  }
  const recent = selling.reduce((sum, tenant) => sum + (recentOrders(tenant) ?? 0), 0);
  const series: number[] = [];
  for (const { orders } of selling) {
    for (const [index, count] of (orders ?? []).entries()) {
      series[index] = (series[index] ?? 0) + count;
    }
  }
  const amount = String(recent).replace(/\B(?=(\d{3})+$)/g, ',');
  return [gap, span(`${amount} orders in 15 min `), span(sparkline(series), 'orders')];
}

function oldPicture({ picture, now }: ConsoleState): readonly Span[] {
  const age = calmAge((now - (picture?.at ?? now)) / 1000);
  return [span(`${unknownSigns.stale.glyph} last picture, ${age} old · connecting `, 'status.warn')];
}

const systems: Readonly<Record<string, string>> = {
  kubernetes: 'k8s',
  postgres: 'pg',
  redis: 'redis',
  odoo: 'odoo',
  prometheus: 'prom',
};

/** A word for each system while all is well; a source that lags or is away is named with how long. */
function sourceSpans({ picture, now }: ConsoleState): readonly Span[] {
  const groups = Map.groupBy(picture?.sources ?? [], ({ source }) => source.split('/')[0] ?? source);
  const spans: Span[] = [];
  for (const [system, sources] of groups) {
    const title = systems[system] ?? system;
    const worst = sources.map((source) => trouble(source, now)).filter((one) => one !== null);
    const [first] = worst;
    if (spans.length > 0) {
      spans.push(span(' · ', 'border'));
    }
    if (first === undefined) {
      spans.push(span(`${gradeSigns.ok.glyph} `, 'status.ok'), span(title, 'text.secondary'));
    } else {
      const more = worst.length > 1 ? ` +${worst.length - 1}` : '';
      const name = sources.length === 1 && system === 'redis' ? title : shortName(first.source, title);
      spans.push(span(`${first.glyph} ${name} ${first.word}${more}`, first.token));
    }
  }
  return spans.length === 0 ? [] : [...spans, span(' ')];
}

/** `postgres/pg-eu-2` → `pg-eu-2`; `kubernetes/eu-prod/pods` → `eu-prod pods`. */
function shortName(source: string, title: string): string {
  const [, ...rest] = source.split('/');
  return clean(rest.length === 0 ? title : rest.join(' '));
}

function trouble({ source, phase, lastHeardAt }: SourceState, now: number) {
  const seconds = lastHeardAt === null ? null : (now - lastHeardAt) / 1000;
  const since = seconds === null ? '' : ` ${calmAge(seconds)}`;
  switch (phase) {
    case 'live':
      return seconds !== null && seconds > laggingSeconds
        ? { source, ...signOf('unknown', 'stale'), word: calmAge(seconds) }
        : null;
    case 'connecting':
    case 'syncing':
      return { source, ...unknownSigns.loading, word: phase };
    case 'stale':
      return { source, ...unknownSigns.stale, word: `stale${since}` };
    case 'forbidden':
      return { source, ...unknownSigns.forbidden };
    case 'unauthenticated':
      return { source, ...unknownSigns.forbidden, word: 'does not know us' };
    case 'unreachable':
    case 'stopped':
      return { source, ...unknownSigns.unreachable, word: `${phase}${since}` };
  }
}

/** One thing that hurts several tenants, said once with its name. At most `most` lines. */
export function causeLines({ picture }: ConsoleState, most: number): readonly (readonly Span[])[] {
  const causes = picture?.causes ?? [];
  const shown = causes.slice(0, most);
  return shown.map(({ cause, grade, message, tenants }, index) => {
    const { glyph, token } = gradeSigns[grade];
    const rest = causes.length - shown.length;
    const more = index === shown.length - 1 && rest > 0 ? `   and ${rest} more` : '';
    return [
      span(` ${glyph} `, token),
      span(shortName(cause, cause), 'text.strong'),
      span(` hurts ${tenants.length} tenants: `, 'text.secondary'),
      span(clean(message)),
      span(more, 'text.secondary'),
    ];
  });
}
