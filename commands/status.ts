import type { Estate } from '#estate/estate.ts';
import { choiceOf, chooseTenants, choosingArgument, choosingFlags, isOpen } from '#grammar/choose.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { formatOf, printList } from '#grammar/output.ts';
import type { Tone } from '#grammar/style.ts';
import type { Column } from '#grammar/table.ts';
import { type Grade, type Layer, type LayerStatus, layers, type TenantStatus } from '#health/status.ts';
import { requireAllKnown, sweep } from '#health/sweep.ts';
import type { Picture, Watcher } from '#health/watcher.ts';
import { span } from '#text/age.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import { absent, signOf } from '#themes/glyphs.ts';

const tones: Readonly<Record<Grade, Tone>> = { ok: 'good', warn: 'warn', critical: 'bad', unknown: 'unsure' };

export const command: Command = {
  name: 'status',
  summary: 'Show the health of every tenant in three layers, worst first',
  examples: [
    { line: 'till status', note: 'all tenants, with the signal that decides' },
    {
      line: 'till status --tier critical --check -o jsonl',
      note: 'exit 3, and a line for each that is critical or unknown',
    },
    { line: 'till status "shop-*" --layer business -o json', note: 'one layer of some tenants, for a script' },
    { line: 'till status --watch', note: 'a line whenever something changes' },
  ],
  arguments: [choosingArgument],
  flags: [
    ...choosingFlags,
    { name: 'layer', value: 'LAYER', multiple: true, summary: 'read only this layer', completion: [...layers] },
    { name: 'check', summary: 'exit 3 when a tenant is critical or unknown; print only those' },
    {
      name: 'fail-on',
      value: 'GRADE',
      summary: 'with --check: critical (the default; unknown counts too), or warn for warnings as well',
      completion: ['critical', 'warn'],
    },
    { name: 'watch', short: 'w', summary: 'go on, and print what changes' },
  ],
  exits: [
    { code: exitCodes.ok, when: 'the status was read, however bad; with --check: nobody is critical or unknown' },
    { code: exitCodes.checkFalse, when: 'with --check: somebody is' },
  ],
  async run(invocation) {
    const choice = choiceOf(invocation);
    if (invocation.given('watch')) {
      await invocation.io.follows?.();
    }
    const { openWatcher } = await import('#health/watch.ts');
    const { marksOf } = await import('#actions/marks.ts');
    const estate = await invocation.estate();
    const watcher = await openWatcher({
      estate,
      marks: marksOf(estate, invocation.io.clock, invocation.io.env, (message) => invocation.io.err(`⚠ ${message}\n`)),
      ...(invocation.given('layer') ? { layers: invocation.values('layer') as Layer[] } : {}),
      // Everybody means that the run may be remembered as one that saw everybody.
      ...(isOpen(choice) ? {} : { choose: (tenants) => chooseTenants(tenants, choice) }),
      clock: invocation.io.clock,
      env: invocation.io.env,
    });
    try {
      return invocation.given('watch')
        ? await follow(watcher, invocation)
        : await once(await sweep(watcher, estate), estate, invocation);
    } finally {
      await watcher.close();
    }
  },
};

async function once(picture: Picture, estate: Estate, invocation: Invocation): Promise<ExitCode> {
  const checks = invocation.given('check');
  const failing = picture.tenants.filter((tenant) => fails(tenant, invocation));
  const table = formatOf(invocation) === 'table' || formatOf(invocation) === 'wide';
  await printList(invocation, {
    kind: 'TenantStatusList',
    items: checks ? failing : picture.tenants,
    beside: { counts: picture.counts },
    columns: columns(picture.at),
    name,
    fields,
    ...(checks ? { empty: `${picture.tenants.length} tenants checked, none ${failsOn(invocation)}` } : {}),
  });
  if (table) {
    sayBeside(picture, invocation);
  }
  if (!checks) {
    return exitCodes.ok;
  }
  if (failing.length > 0) {
    return exitCodes.checkFalse;
  }
  requireAllKnown(picture, estate);
  return exitCodes.ok;
}

/** Prints every tenant once, then each whose grade, deciding words or freeze have changed. */
async function follow(watcher: Watcher, invocation: Invocation): Promise<ExitCode> {
  const { io } = invocation;
  const shown = new Map<string, string>();
  const changed = Promise.withResolvers<void>();
  let printing = Promise.resolve(true);
  const print = (): void => {
    const picture = watcher.picture();
    if (!picture.settled) {
      return;
    }
    const news = picture.tenants.filter((tenant) => shown.get(tenant.tenant) !== gist(tenant));
    const isFirst = shown.size === 0;
    for (const tenant of news) {
      shown.set(tenant.tenant, gist(tenant));
    }
    if (news.length > 0) {
      printing = printing.then(
        async (open) =>
          open &&
          printList(invocation, {
            kind: 'TenantStatusList',
            items: news,
            columns: columns(picture.at),
            name,
            fields,
            isStream: true,
            titles: isFirst,
          }),
      );
      void printing.then((open) => (open ? undefined : changed.resolve()));
    }
  };
  const stop = watcher.subscribe(print);
  io.signal.addEventListener('abort', () => changed.resolve(), { once: true });
  await changed.promise;
  stop();
  return exitCodes.ok;
}

function name(tenant: TenantStatus): string {
  return tenant.tenant;
}

/** What counts as a change. Numbers in a message move with every read, so the layers' grades and signals decide. */
function gist(tenant: TenantStatus): string {
  const parts = layers.map((layer) => [tenant.layers[layer]?.grade, tenant.layers[layer]?.signal]);
  return JSON.stringify([tenant.grade, parts, tenant.frozen?.name, tenant.incident]);
}

function failsOn(invocation: Invocation): string {
  return invocation.value('fail-on') === 'warn' ? 'critical, unknown or warn' : 'critical or unknown';
}

function fails(tenant: TenantStatus, invocation: Invocation): boolean {
  return (
    tenant.grade === 'critical' ||
    layers.some((layer) => tenant.layers[layer]?.grade === 'unknown') ||
    tenant.grade === 'unknown' ||
    (tenant.grade === 'warn' && invocation.value('fail-on') === 'warn')
  );
}

/** The fields of the contract (design §9): unknown is null, never absent. */
function fields(tenant: TenantStatus): unknown {
  const { signals: _signals, orders: _orders, ...rest } = tenant;
  return rest;
}

function columns(at: number): readonly Column<TenantStatus>[] {
  return [
    { title: 'TENANT', value: (tenant) => tenant.tenant },
    { title: 'TIER', value: (tenant) => tenant.tier ?? '-' },
    { title: 'RETAILER', value: (tenant) => tenant.retailer ?? '-', wide: true },
    { title: 'ENVIRONMENT', value: (tenant) => tenant.environment ?? '-', wide: true },
    { title: 'CLUSTER', value: (tenant) => tenant.cluster ?? '-', wide: true },
    { title: 'NAMESPACE', value: (tenant) => tenant.namespace ?? '-', wide: true },
    { title: 'HOSTING', value: (tenant) => tenant.hosting, wide: true },
    { title: 'PLATFORM', value: ({ layers: { platform } }) => cell(platform) },
    { title: 'APPLICATION', value: ({ layers: { application } }) => cell(application) },
    { title: 'BUSINESS', value: ({ layers: { business } }) => cell(business) },
    { title: 'FREEZE', value: ({ frozen }) => frozen?.name ?? '-', wide: true },
    { title: 'INCIDENT', value: ({ incident }) => incident ?? '-', wide: true },
    {
      title: 'AGE',
      value: ({ observedAt }) => (observedAt === null ? '-' : span((at - Date.parse(observedAt)) / 1000)),
      align: 'right',
      wide: true,
    },
    { title: 'WHY', value: why, shrinks: true },
  ];
}

function cell(layer: LayerStatus | null) {
  if (layer === null) {
    return { text: `${absent.glyph} ${absent.word}`, tone: 'faint' as const };
  }
  const sign = signOf(layer.grade, layer.reason);
  return { text: `${sign.glyph} ${sign.word}`, tone: tones[layer.grade] };
}

function why(tenant: TenantStatus): string {
  const { message, frozen, incident } = tenant;
  return [
    message,
    ...(incident === null ? [] : [`(incident: ${incident})`]),
    ...(frozen === null ? [] : [`(frozen: ${frozen.name})`]),
  ]
    .filter((words) => words !== '')
    .join(' ');
}

/** A reader names its server in its words already: `pg-1: connection refused`. */
function withoutName(message: string, cause: string): string {
  const name = `${cause.split('/').at(-1) ?? ''}: `;
  return message.startsWith(name) ? message.slice(name.length) : message;
}

/** What the table can't hold: what several tenants share, and which systems are silent. */
function sayBeside(picture: Picture, { io }: Invocation): void {
  for (const { cause, message, tenants } of picture.causes) {
    io.err(`${cause}: ${withoutName(message, cause)} (${tenants.length} tenants)\n`);
  }
  const said = new Set(picture.causes.flatMap(({ cause, message }) => [cause, message]));
  for (const source of picture.sources) {
    if (source.phase !== 'live' && source.message !== null && !said.has(source.source) && !said.has(source.message)) {
      io.err(`${source.source} ${source.phase}: ${source.message}\n`);
    }
  }
}
