import { chooseTenants } from '#grammar/choose.ts';
import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import type { Paint, Tone } from '#grammar/style.ts';
import { tableLines } from '#grammar/table.ts';
import { severity } from '#health/grade.ts';
import { type Grade, layers, type SignalStatus, type TenantStatus } from '#health/status.ts';
import { sweep } from '#health/sweep.ts';
import { amount, bounds } from '#health/words.ts';
import { span } from '#text/age.ts';
import { clean } from '#text/clean.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import { gradeSigns, signOf } from '#themes/glyphs.ts';

const tones: Readonly<Record<Grade, Tone>> = { ok: 'good', warn: 'warn', critical: 'bad', unknown: 'unsure' };

export const command: Command = {
  name: 'show',
  summary: 'Show one tenant: every signal with value, threshold, age and source, worst first',
  examples: [
    { line: 'till show maple-toys', note: 'one screen of text for a page at 03:12' },
    { line: 'till show maple-toys -o json', note: 'the same for a script, with signals[]' },
  ],
  arguments: [{ name: 'TENANT', required: true, summary: 'the tenant, by its whole name', completion: 'tenant' }],
  async run(invocation): Promise<ExitCode> {
    const [wanted = ''] = invocation.arguments;
    const { openWatcher } = await import('#health/watch.ts');
    const { marksOf } = await import('#actions/marks.ts');
    const estate = await invocation.estate();
    const watcher = await openWatcher({
      estate,
      marks: marksOf(estate, invocation.io.clock, invocation.io.env, (message) => invocation.io.err(`⚠ ${message}\n`)),
      choose: (tenants) => chooseTenants(tenants, one(wanted)),
      clock: invocation.io.clock,
      env: invocation.io.env,
    });
    try {
      const picture = await sweep(watcher, estate);
      const [status] = picture.tenants;
      if (status !== undefined) {
        const { orders: _orders, ...fields } = status;
        await printOne(invocation, {
          kind: 'TenantStatus',
          fields,
          name: status.tenant,
          text: (paint, width) => text(status, picture.at, paint, width),
        });
      }
      return exitCodes.ok;
    } finally {
      await watcher.close();
    }
  },
};

function one(name: string) {
  return { names: [name], selectors: [], tiers: [], environments: [], retailers: [], clusters: [], all: false };
}

function text(status: TenantStatus, at: number, paint: Paint, width: number | null): string {
  const sign = gradeSigns[status.grade];
  const about = [status.tier, status.environment, status.hosting, status.retailer, place(status)];
  const lines = [
    `${paint(tones[status.grade], `${sign.glyph} ${status.tenant}`)}  ${paint(tones[status.grade], sign.word)}  ${paint('faint', about.filter((part) => part !== null).join(' · '))}`,
    ...(status.incident === null
      ? []
      : [`incident: ${clean(status.incident)}; till incidents show ${clean(status.incident)}`]),
    ...(status.frozen === null ? [] : [`frozen: ${clean(status.frozen.name)} until ${status.frozen.until}`]),
  ];
  for (const layer of layers) {
    const own = status.signals.filter((signal) => signal.layer === layer);
    const grade = status.layers[layer];
    lines.push(
      '',
      `${paint('strong', layer)}  ${grade === null ? paint('faint', 'no signal applies') : head(grade.grade, paint)}`,
    );
    lines.push(...signalLines(own, at, paint, width));
  }
  return `${lines.join('\n')}\n`;
}

function place(status: TenantStatus): string | null {
  return status.cluster === null ? null : `${status.cluster}/${status.namespace ?? '*'}`;
}

function head(grade: Grade, paint: Paint): string {
  return paint(tones[grade], `${gradeSigns[grade].glyph} ${gradeSigns[grade].word}`);
}

function signalLines(signals: readonly SignalStatus[], at: number, paint: Paint, width: number | null) {
  const sorted = signals.toSorted((a, b) => severity[b.grade] - severity[a.grade]);
  return tableLines<SignalStatus>(
    sorted,
    [
      {
        title: '',
        value: (signal) => ({ text: signOf(signal.grade, signal.reason).glyph, tone: tones[signal.grade] }),
      },
      { title: 'SIGNAL', value: (signal) => signal.name },
      { title: 'VALUE', value: (signal) => amount(signal.value, signal.unit), align: 'right' },
      { title: 'THRESHOLD', value: (signal) => bounds(signal.threshold, signal.unit) },
      {
        title: 'AGE',
        value: ({ observedAt }) => (observedAt === null ? '-' : span((at - Date.parse(observedAt)) / 1000)),
        align: 'right',
      },
      { title: 'SOURCE', value: (signal) => signal.source, shrinks: true },
      { title: 'WHAT', value: (signal) => signal.message, shrinks: true },
    ],
    { paint, width },
  ).slice(sorted.length === 0 ? 1 : 0);
}
