import { openLedger } from '#actions/context.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { usageError } from '#grammar/usage-error.ts';
import { type Announced, announced, type Exported, exportEntries } from '#ledger/export/export-entries.ts';
import { type LineFormatName, lineFormats } from '#ledger/export/line-format.ts';
import { mustBeNew, NewFile, type Sink } from '#ledger/export/sink.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { Filter } from '#ledger/query.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { filterFlags, filterOf, momentOf } from './auditing/filter.ts';
import { exportPack } from './auditing/pack.ts';

const formats = [...lineFormats, 'pack'] as const;
const usualFormat = 'jsonl';
const spanFlags = new Set(['since', 'until', 'limit']);

export const command: Command = {
  name: 'audit export',
  summary: 'Hand out what the ledger holds: for a collector, a spreadsheet, or an auditor',
  group: 'read',
  examples: [
    {
      line: 'till audit export --format pack --from 2026-01-01 --to 2026-04-01 --out q1',
      note: 'what an auditor asks for',
    },
    { line: 'till audit export --format ocsf --from 24h > today.ocsf.jsonl', note: 'for a SIEM' },
    { line: 'till audit export --format csv --tenant maple-toys --out maple-toys.csv', note: 'one tenant' },
  ],
  flags: [
    {
      name: 'format',
      value: 'FORMAT',
      summary: `${formats.join(', ')}; ${usualFormat} when left out`,
      completion: formats,
    },
    {
      name: 'from',
      value: 'INSTANT',
      summary: 'from then on: RFC 3339, or 24h for a day ago; from the first entry when left out',
      environment: false,
    },
    { name: 'to', value: 'INSTANT', summary: 'before then; up to now when left out', environment: false },
    {
      name: 'out',
      value: 'PATH',
      summary: 'into this new file, for its owner alone; a new folder for a pack',
      completion: 'file',
      environment: false,
    },
    {
      name: 'key',
      value: 'VKEY',
      multiple: true,
      summary: 'a pack: verify it with this public key, not with those that the ledger names',
      environment: false,
    },
    ...filterFlags.filter(({ name }) => !spanFlags.has(name)),
  ],
  exits: [
    { code: exitCodes.ok, when: 'handed out; a pack has verified' },
    { code: exitCodes.checkFalse, when: 'lines are not what was written and were left out; a pack does not verify' },
    { code: exitCodes.refused, when: 'the export could not be recorded: nothing was handed out' },
  ],
  async run(invocation) {
    const { io } = invocation;
    const format = formatIn(invocation);
    const out = invocation.value('out');
    const estate = await invocation.estate();
    if (out !== undefined) {
      mustBeNew(out);
    }
    const ledger = openLedger(estate, io.clock, io.env);
    try {
      const filter = { ...(await filterOf(invocation, ledger)), ...spanIn(invocation) };
      if (format === 'pack') {
        return await exportPack({ estate, ledger, filter, out: folderFor(out, filter) }, invocation);
      }
      const asked = { ledger, estateId: estate.id, filter, format };
      const told = await announced(asked);
      const exported =
        out === undefined
          ? await exportEntries(asked, told, format, standardOutput(invocation), io.signal)
          : await intoFile(asked, told, format, out, invocation);
      return ended(exported, told, out, invocation);
    } finally {
      await ledger.close();
    }
  },
};

function formatIn(invocation: Invocation): (typeof formats)[number] {
  const text = invocation.value('format') ?? usualFormat;
  const format = formats.find((known) => known === text);
  if (format === undefined) {
    throw usageError(`there is no format "${text}"`, command, formats.join(', '));
  }
  return format;
}

function spanIn(invocation: Invocation): Filter {
  const [since, until] = [momentOf(invocation, 'from'), momentOf(invocation, 'to')];
  if (since !== undefined && until !== undefined && since >= until) {
    throw usageError('--to is not after --from', command);
  }
  return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
}

function folderFor(out: string | undefined, { since: _, until: __, ...others }: Filter): string {
  if (out === undefined) {
    throw usageError('a pack is a folder of files: it needs to be told where', command, '--out FOLDER');
  }
  if (Object.keys(others).length > 0) {
    throw usageError(
      'a pack holds everything of its span, so that nobody has to ask what is missing',
      command,
      'leave the filters out, or take --format csv',
    );
  }
  return out;
}

/** Never ahead of whoever reads by more than a piece. */
function standardOutput({ io }: Invocation): Sink {
  return {
    async write(text) {
      const goesOn = io.out(text);
      await io.taken?.();
      return goesOn;
    },
  };
}

async function intoFile(
  asked: { readonly ledger: Ledger; readonly estateId: string },
  told: Announced,
  format: LineFormatName,
  path: string,
  { io }: Invocation,
): Promise<Exported> {
  const file = new NewFile(path);
  try {
    const exported = await exportEntries(asked, told, format, file, io.signal);
    if (exported.isCut) {
      file.drop();
    } else {
      file.keep();
    }
    return exported;
  } catch (error) {
    file.drop();
    throw error;
  }
}

function ended(
  { rows, unsound, unsoundCount, isCut }: Exported,
  told: Announced,
  out: string | undefined,
  { io }: Invocation,
) {
  if (isCut) {
    return io.signal.aborted ? exitCodes.interrupted : exitCodes.ok;
  }
  if (unsoundCount > 0) {
    const places = unsound.map((seq) => (seq === null ? 'one without a place' : `entry ${seq}`)).join(', ');
    io.err(`${unsoundCount} lines are not what was written and were left out: ${places}; see till audit verify\n`);
    return exitCodes.checkFalse;
  }
  if (rows !== told.rows) {
    throw new TillError(`the ledger changed while it was read: ${told.rows} entries matched, then ${rows}`, {
      ...{ exit: exitCodes.checkFalse, reason: 'ledger-changed' },
      next: 'see till audit verify',
    });
  }
  io.err(
    `${rows === 1 ? '1 entry' : `${rows} entries`}${out === undefined ? '' : ` in ${out}`}; this export is recorded\n`,
  );
  return exitCodes.ok;
}
