import type { WholePicture } from '#actions/backups-picture.ts';
import { leftWords, remainsWords } from '#backups/leftover-words.ts';
import type { BackupRow } from '#backups/rows.ts';
import type { TenantStanding } from '#backups/standing.ts';
import type { Estate } from '#estate/estate.ts';
import { actingFlags } from '#grammar/acting.ts';
import { choiceOf, chooseTenants, choosingArgument, choosingFlags } from '#grammar/choose.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { formatOf, printList } from '#grammar/output.ts';
import type { Cell, Column } from '#grammar/table.ts';
import { usageError } from '#grammar/usage-error.ts';
import { span } from '#text/age.ts';
import { clean } from '#text/clean.ts';
import { size } from '#text/size.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';

export const command: Command = {
  name: 'backups',
  summary: 'List backups, ours and those that others make: how old, how well proven, and what is owed',
  examples: [
    { line: 'till backups', note: 'every backup of every tenant, newest first' },
    { line: 'till backups --due -o name', note: 'who is owed a backup or a drill now, for cron' },
    { line: 'till backups maple-toys --verify', note: 'read the newest one back whole, and record what was proven' },
    { line: 'till backups --tier critical -o json', note: 'with everything that the store and its neighbours say' },
  ],
  arguments: [choosingArgument],
  flags: [
    ...choosingFlags,
    { name: 'due', summary: 'only tenants that are owed a backup or a drill now', environment: false },
    { name: 'verify', summary: 'read back whole, and record what was proven', environment: false },
    { name: 'backup', value: 'ID', summary: 'with --verify: this one, not the newest', environment: false },
    ...actingFlags,
  ],
  exits: [
    { code: exitCodes.ok, when: 'the list was read, whatever it says; with --verify: what was read is whole' },
    { code: exitCodes.failed, when: 'with --verify: it is not whole' },
    { code: exitCodes.unreachable, when: 'the store could not be read' },
  ],
  async run(invocation) {
    if (invocation.given('verify')) {
      const { verifyBackups } = await import('./acting/verify-backups.ts');
      return verifyBackups(invocation);
    }
    if (invocation.given('backup')) {
      throw usageError('--backup goes with --verify', command, 'till backups lists every one');
    }
    const estate = await invocation.estate();
    const picture = await pictureOf(estate, invocation);
    const exit = invocation.given('due')
      ? await printDue(picture, estate, invocation)
      : await printAll(picture, estate, invocation);
    return picture.failures.some(({ source }) => source.startsWith('store ')) ? exitCodes.unreachable : exit;
  },
};

async function pictureOf(estate: Estate, invocation: Invocation): Promise<WholePicture> {
  const { io } = invocation;
  const [{ openWatcher }, { backupsPicture }] = await Promise.all([
    import('#health/watch.ts'),
    import('#actions/backups-picture.ts'),
  ]);
  // Only who there is: nobody's health is asked for.
  const watcher = await openWatcher({ estate, clock: io.clock, env: io.env, choose: () => [] });
  try {
    await watcher.sweep();
    const tenants = watcher.known();
    const chosen = chooseTenants(tenants, choiceOf(invocation));
    return await backupsPicture({ estate, clock: io.clock, env: io.env, tenants }, chosen);
  } finally {
    await watcher.close();
  }
}

type Line = BackupRow | { readonly tenant: string; readonly backup: null };

async function printAll(picture: WholePicture, estate: Estate, invocation: Invocation): Promise<ExitCode> {
  const { rowsOf } = await import('#backups/rows.ts');
  const now = invocation.io.clock.now();
  const rows = rowsOf(picture, now);
  const standings = new Map(picture.standings.map((standing) => [standing.tenant, standing]));
  const format = formatOf(invocation);
  const isTable = format === 'table' || format === 'wide';
  const has = new Set(rows.map(({ tenant }) => tenant));
  const without = picture.standings
    .filter(({ tenant }) => !has.has(tenant))
    .map(({ tenant }) => ({ tenant, backup: null }));
  const seen = new Set<string>();
  const firsts = new Set(rows.filter(({ tenant }) => !seen.has(tenant) && seen.add(tenant)));
  const lines: readonly Line[] = isTable
    ? [...rows, ...without].toSorted((a, b) => (a.tenant === b.tenant ? 0 : a.tenant < b.tenant ? -1 : 1))
    : rows;
  const isFirst = (line: Line) => line.backup === null || firsts.has(line);
  await printList<Line>(invocation, {
    kind: 'BackupList',
    items: lines,
    beside: besideOf(picture),
    name: ({ backup }) => backup ?? '',
    empty: picture.store === null ? 'there is no backup that till knows of' : `there is no backup in ${picture.store}`,
    columns: columnsOf(now, standings, isFirst),
  });
  if (isTable) {
    tellTheRest(picture, estate, invocation);
  }
  return exitCodes.ok;
}

function besideOf({ store, standings, windows, wal, leftovers, remains, failures }: WholePicture) {
  return { store, tenants: standings, windows, wal, leftovers, remains, failures };
}

function columnsOf(
  now: number,
  standings: ReadonlyMap<string, TenantStanding>,
  isFirst: (line: Line) => boolean,
): readonly Column<Line>[] {
  const of = (say: (row: BackupRow) => Cell) => (line: Line) => (line.backup === null ? '' : say(line));
  const once = (say: (standing: TenantStanding) => Cell) => (line: Line) => {
    const standing = standings.get(line.tenant);
    return standing === undefined || !isFirst(line) ? '' : say(standing);
  };
  return [
    { title: 'TENANT', value: (line) => (isFirst(line) ? line.tenant : '') },
    { title: 'BACKUP', value: (line) => line.backup ?? { text: 'none', tone: 'bad' }, shrinks: true },
    { title: 'SOURCE', value: of(({ source }) => source) },
    { title: 'AGE', value: of(({ ageSeconds }) => (ageSeconds === null ? '' : span(ageSeconds))), align: 'right' },
    { title: 'SIZE', value: of((row) => (row.size === null ? '' : size(row.size))), align: 'right' },
    { title: 'PROOF', value: of(proofCell) },
    { title: 'RPO', value: once((standing) => rpoCell(standing, now)) },
    { title: 'OWED', value: once((standing) => owedCell(standing, now)) },
    { title: 'TAKEN AT', value: of(({ at }) => short(at)), wide: true },
    { title: 'PROVEN AT', value: of(({ provenAt }) => short(provenAt)), wide: true },
    { title: 'SIGNATURE', value: of(({ signature }) => signature ?? ''), wide: true },
    { title: 'SERVER', value: of(({ serverVersion }) => serverVersion ?? ''), wide: true },
    { title: 'FILES', value: of(({ files }) => (files === null ? '' : String(files))), align: 'right', wide: true },
    { title: 'PLACE', value: of(({ place }) => place), wide: true },
    { title: 'NOTE', value: of(({ message }) => message ?? ''), shrinks: true },
  ];
}

function proofCell({ status, level }: BackupRow): Cell {
  if (status === 'failed' || status === 'damaged') {
    return { text: status, tone: 'bad' };
  }
  if (status === 'running') {
    return { text: 'running', tone: 'faint' };
  }
  return level === 'restored' || level === 'served' ? { text: level, tone: 'good' } : (level ?? '');
}

function rpoCell({ rpoMet, recoveryPoint, recoverySource, rpo }: TenantStanding, now: number): Cell {
  if (rpoMet === null || rpo === null) {
    return '';
  }
  const age = recoveryPoint === null ? 'nothing' : span((now - Date.parse(recoveryPoint)) / 1000);
  const whose = recoverySource === null || recoverySource === 'till' ? '' : ` by ${recoverySource}`;
  return rpoMet
    ? { text: `met: ${age} of ${span(rpo)}${whose}`, tone: 'good' }
    : { text: `missed: ${age} of ${span(rpo)}`, tone: 'bad' };
}

function owedCell({ owed, nextDueAt }: TenantStanding, now: number): Cell {
  if (owed.length > 0) {
    return { text: owed.join(', '), tone: 'warn' };
  }
  return nextDueAt === null ? '' : { text: `in ${span((Date.parse(nextDueAt) - now) / 1000)}`, tone: 'faint' };
}

async function printDue(picture: WholePicture, estate: Estate, invocation: Invocation): Promise<ExitCode> {
  const now = invocation.io.clock.now();
  await printList(invocation, {
    kind: 'BackupDueList',
    items: picture.standings.filter(({ owed }) => owed.length > 0),
    name: ({ tenant }) => tenant,
    empty: 'nobody is owed anything',
    columns: [
      { title: 'TENANT', value: ({ tenant }) => tenant },
      { title: 'TIER', value: ({ tier }) => tier ?? '' },
      { title: 'OWED', value: ({ owed }) => ({ text: owed.join(', '), tone: 'warn' as const }) },
      { title: 'DUE SINCE', value: ({ nextDueAt }) => short(nextDueAt), wide: true },
      { title: 'RPO', value: (standing) => rpoCell(standing, now) },
      {
        title: 'LAST PROOF',
        value: ({ lastProof }) =>
          lastProof === null ? 'never' : `${lastProof.level}, ${span((now - Date.parse(lastProof.at)) / 1000)} ago`,
      },
    ],
  });
  const format = formatOf(invocation);
  if (format === 'table' || format === 'wide') {
    tellTheRest({ ...picture, leftovers: [], remains: [] }, estate, invocation);
  }
  return exitCodes.ok;
}

/** What a table has no room for: systems that were silent, what lies about in the store, and what the estate does not say. */
function tellTheRest(
  { store, leftovers, remains, failures, wal, windows }: WholePicture,
  estate: Estate,
  { io }: Invocation,
): void {
  const say = (line: string) => io.err(`${clean(line)}\n`);
  for (const { source, message } of failures) {
    say(`${source}: ${message}`);
  }
  for (const { source, place, message } of windows.filter((window) => window.message !== null)) {
    say(`${source} ${place}: ${message ?? ''}`);
  }
  for (const { server, state, behind, message } of wal) {
    if (state === 'failing' || (behind ?? 0) > 0) {
      say(`WAL archiving of ${server}: ${message ?? `${size(behind ?? 0)} behind`}`);
    }
  }
  if (leftovers.length > 0) {
    say(`left over in ${store ?? ''}, and no backup:`);
    for (const leftover of leftovers) {
      say(`  ${leftWords(leftover)}`);
    }
  }
  if (remains.length > 0) {
    say('left by restores and drills:');
    for (const one of remains) {
      say(`  ${remainsWords(one, io.clock.now())}`);
    }
  }
  if (store === null) {
    io.err(noStore);
  } else if (Object.values(estate.tiers).every(({ backup }) => backup === undefined)) {
    say(
      'no tier says how often: add `backup: {every: 24h, keep: 7d, retain: {daily: 14}, drill: 30d}` to tiers in the estate',
    );
  }
}

const noStore = `the estate names no store for backups; add to it, for example:

  stores:
    vault: {s3: {endpoint: https://s3.example.com, bucket: backups, accessKey: {env: ACCESS_KEY}, secretKey: {env: SECRET_KEY}}}
  backups:
    store: vault
    recipients: [age1…]        # age-keygen makes the pair; the identity stays elsewhere
`;

function short(at: string | null): string {
  return at?.replace(/\.\d+Z$/u, 'Z') ?? '';
}
