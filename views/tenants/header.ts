import type { Grade } from '#health/status.ts';
import type { SourceState } from '#health/watcher.ts';
import { sparkline } from '#text/sparkline.ts';
import { gradeSigns, marks, signOf, unknownSigns } from '#themes/glyphs.ts';
import { grantRows } from '../access/rows.ts';
import { calmAge, laggingSeconds } from '../components/age.ts';
import { localDay, localMinute } from '../components/clock.ts';
import { legible } from '../components/legible.ts';
import { leftAndRight, type Span, span, widthOf } from '../components/line.ts';
import { leftWords, operationName, progressBar } from '../operations/rows.ts';
import { modeOf } from '../state/mode.ts';
import type { ConsoleState } from '../state/state.ts';
import { summaryOf } from './summary.ts';

const gap = span('   ');

/** Where we are, what we may do, what is frozen, what time it is: on every screen. */
export function estateLine(state: ConsoleState, width: number): readonly Span[] {
  const { picture, estate, now, zone } = state;
  const mode = modeOf(state);
  const clusters = estate.clusters.length > 0 || picture === null ? estate.clusters : summaryOf(picture).clusters;
  const name = span(` ${legible(picture?.estate.name ?? estate.name)}`, 'text.title');
  const where =
    clusters.length === 0 ? [] : [span(' ▸ ', 'border'), span(legible(clusters.join(' ')), 'text.secondary')];
  const badge = mode === null ? [] : [gap, span(mode.words, mode.token)];
  // What counts down stands last: each second rewrites the row from there to its end, and nothing else.
  const counts = mode?.token === 'mode.elevated';
  const mark = counts ? [] : badge;
  const last = counts ? [...badge, span(' ')] : [];
  const right = [span(localMinute(now)), span(` ${zone} `, 'text.secondary'), ...last];
  const short = [span(localMinute(now)), span(' '), ...last];
  const doing = (how: How) => [...waitingSpans(state, how), ...incidentSpans(state, how), ...runningSpans(state, how)];
  const candidates: readonly (readonly [readonly Span[], readonly Span[]])[] = [
    [[name, ...where, ...mark, ...doing('full'), ...freezeSpans(state, 'full')], right],
    [[name, ...mark, ...doing('full'), ...freezeSpans(state, 'full')], right],
    [[name, ...mark, ...doing('full'), ...freezeSpans(state, 'named')], right],
    [[name, ...mark, ...doing('named'), ...freezeSpans(state, 'named')], right],
    [[name, ...mark, ...doing('marked'), ...freezeSpans(state, 'named')], right],
    [[name, ...mark, ...doing('marked'), ...freezeSpans(state, 'marked')], short],
    [[name, ...mark, ...doing('marked'), ...freezeSpans(state, 'marked')], last],
    [[name, ...mark], last],
  ];
  const fitting = candidates.find(([one, other]) => widthOf(one) + widthOf(other) + 2 <= width);
  const [left, end] = fitting ?? [[...badge, gap, name], []];
  return leftAndRight(left, end, width);
}

type How = 'full' | 'named' | 'marked';

/** Requests that I may decide, and reviews that are mine to make. */
function waitingSpans(state: ConsoleState, how: How): readonly Span[] {
  const waiting = grantRows(state).filter(({ place }) => place === 'mine').length;
  const words = how === 'full' ? ` ${waiting} ${waiting === 1 ? 'waits' : 'wait'} for you` : ` ${waiting}`;
  return waiting === 0 ? [] : [gap, span(`${marks.forMe}${words}`, 'match')];
}

/** The open incident, worst first; how many more there are. */
function incidentSpans({ acting: { standing } }: ConsoleState, how: How): readonly Span[] {
  const open = [...(standing?.incidents ?? [])].sort((a, b) => a.severity.localeCompare(b.severity));
  const [first] = open;
  if (first === undefined) {
    return [];
  }
  const more = open.length > 1 ? ` +${open.length - 1}` : '';
  const words = {
    full: ` ${first.severity} ${legible(first.name)}${more}`,
    named: ` ${legible(first.name)}${more}`,
    marked: ` ${first.severity}${more}`,
  };
  return [gap, span(`${marks.incident}${words[how]}`, 'incident')];
}

/** How many operations run, and how far the newest is. */
function runningSpans({ acting: { standing } }: ConsoleState, how: How): readonly Span[] {
  const running = standing?.running ?? [];
  const [newest] = running;
  if (newest === undefined) {
    return [];
  }
  const count = running.length === 1 ? '' : ` ${running.length} running`;
  const far = progressBar(newest, how === 'full' ? 5 : 0);
  const words = newest.message === null || how !== 'full' ? '' : ` ${legible(newest.message)}`;
  const left = how === 'full' ? leftWords(newest) : '';
  const named = ` ${operationName(newest)} ${far === '' ? words.trim() : far}${left}`.trimEnd();
  const text = how === 'marked' ? ` ${running.length}` : `${count}${count === '' ? '' : ':'}${named}`;
  return [gap, span(`${marks.running}${text}`, 'match')];
}

function freezeSpans({ picture, now }: ConsoleState, how: How): readonly Span[] {
  const frozen = picture === null ? [] : summaryOf(picture).frozen;
  const [first] = frozen;
  if (first === undefined || picture === null) {
    return [];
  }
  const scope = frozen.length === picture.tenants.length ? '' : ` · ${countOf(frozen.length, 'tenant')}`;
  const words = {
    full: ` ${legible(first.name)} until ${localDay(first.until, now)}${scope}`,
    named: ` ${legible(first.name)}`,
    marked: '',
  }[how];
  return [gap, span(`${marks.frozen}${words}`, 'freeze')];
}

const order: readonly Grade[] = ['critical', 'warn', 'ok', 'unknown'];

/** How many are hurt, what the shops sell, and which sources are not to be trusted right now. */
export function countsLine(state: ConsoleState, width: number, shown: number): readonly Span[] {
  const { picture } = state;
  if (picture === null) {
    const what = state.progress ?? 'reading the estate';
    return [span(` ${unknownSigns.loading.glyph} ${legible(what)}`, 'text.secondary')];
  }
  const total = picture.tenants.length;
  const filtered = state.tenants.filter !== '';
  // Until every source has answered there may be more: a number alone would look final.
  const sofar = picture.settled || state.fromDisk ? '' : ' so far';
  const amount = span(
    ` ${filtered ? `${shown} of ` : ''}${countOf(total, 'tenant')}${sofar}`,
    filtered ? 'match' : 'text',
  );
  const { marks: marked } = state.tenants;
  const marking = marked.size === 0 ? [] : [span(`  ${marks.marked} ${marked.size} marked`, 'mark')];
  const counts = (words: boolean) =>
    order.flatMap((grade) => {
      const { glyph, word, token } = gradeSigns[grade];
      const count = picture.counts[grade];
      return [span('  '), span(`${glyph} ${count}${words ? ` ${word}` : ''}`, count === 0 ? 'text.secondary' : token)];
    });
  const orders = ordersSpans(state);
  const sources = state.fromDisk ? oldPicture(state) : sourceSpans(state, true);
  const troubled = state.fromDisk ? sources : sourceSpans(state, false);
  const words = [amount, ...marking, ...counts(true)];
  const plain = [amount, ...marking, ...counts(false)];
  // What is hurt stays longest, then the sources that lag, then what the shops sell, then words beside the glyphs.
  const candidates: readonly (readonly [readonly Span[], readonly Span[]])[] = [
    [[...words, ...orders], sources],
    [[...plain, ...orders], sources],
    [[...plain, ...orders], troubled],
    [words, sources],
    [plain, troubled],
  ];
  const fitting = candidates.find(([left, right]) => widthOf(left) + widthOf(right) + 2 <= width);
  const [left, right] = fitting ?? [plain, []];
  return leftAndRight(left, right, width);
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function ordersSpans({ picture }: ConsoleState): readonly Span[] {
  const orders = picture === null ? null : summaryOf(picture).orders;
  if (orders === null) {
    return [];
  }
  const amount = String(orders.recent).replace(/\B(?=(\d{3})+$)/g, ',');
  return [gap, span(`${amount} orders / 15 min `), span(sparkline(orders.series), 'orders')];
}

function oldPicture({ picture, now }: ConsoleState): readonly Span[] {
  const seconds = (now - (picture?.at ?? now)) / 1000;
  const age = seconds < 5 ? 'seconds' : calmAge(seconds);
  return [span(`${unknownSigns.stale.glyph} last picture, ${age} old · connecting `, 'status.warn')];
}

const systems: Readonly<Record<string, string>> = {
  kubernetes: 'k8s',
  postgres: 'pg',
  redis: 'redis',
  odoo: 'odoo',
  prometheus: 'prom',
};

/** A word for each system while all is well (with `all`); a source that lags or is away is named with how long. */
function sourceSpans({ picture, now }: ConsoleState, all: boolean): readonly Span[] {
  const groups = Map.groupBy(picture?.sources ?? [], ({ source }) => source.split('/')[0] ?? source);
  const spans: Span[] = [];
  for (const [system, sources] of groups) {
    const title = systems[system] ?? system;
    const worst = sources.map((source) => trouble(source, now)).filter((one) => one !== null);
    const [first] = worst;
    if (first === undefined && !all) {
      continue;
    }
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
  return legible(rest.length === 0 ? title : rest.join(' '));
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
    const name = shortName(cause, cause);
    // Many messages begin with the name of what they are about; here it stands in front already.
    const words = legible(message).replace(`${name}: `, '');
    const rest = causes.length - shown.length;
    const more = index === shown.length - 1 && rest > 0 ? `   and ${rest} more` : '';
    return [
      span(` ${glyph} `, token),
      span(name, 'text.strong'),
      span(` hurts ${countOf(tenants.length, 'tenant')}: `, 'text.secondary'),
      span(words),
      span(more, 'text.secondary'),
    ];
  });
}
