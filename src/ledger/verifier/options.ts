/** What the auditor asked for. */
export interface Options {
  /** A file of lines, or the folder of an evidence pack. */
  readonly path: string;
  readonly keys: readonly string[];
  readonly notes: readonly string[];
  readonly proofs: readonly string[];
  readonly estate: string | null;
  readonly chain: boolean;
  readonly part: boolean;
  readonly json: boolean;
  /** Seconds. */
  readonly allowedTail: number;
}

export const help = `till-verify: check a till ledger, or an evidence pack, without till

  till-verify ledger.jsonl --key VKEY --note checkpoint.txt
  till-verify pack/ --key VKEY
  till-verify 12.jsonl --proof 12.tlog-proof --key VKEY

What it needs
  FILE or FOLDER   the ledger's lines, or a pack that till audit export made
  --key VKEY       the public key that signs checkpoints: the line, or a file that holds it.
                   Ask for it on another way than the pack came on. Again for a second key,
                   after a rotation
  --note PATH      a checkpoint, or a folder of them, that you took yourself from where it is
                   anchored: object store, Git repository, log server, mount. Again for more

What else it takes
  --proof FILE     a .tlog-proof of one entry; FILE may then hold that entry alone
  --part           FILE begins later than the ledger does
  --estate ID      whose ledger it should be
  --chain          only whether the lines follow from each other, which proves far less
  --allowed-tail T how long the newest entries may lack a checkpoint: 90s, 15m, 4h (15m)
  -o json          one JSON document
  --help           this page

What its exit code says
  0  verified up to a checkpoint; with --chain: the lines follow from each other
  2  the words were not understood, or a file could not be read
  3  not verified; the first word says why: tampered, torn, unanchored, stale-tail, key-epoch,
     epoch-break, ghost or empty

It only reads. It is one file, runs on any Node from version 18 on, and imports nothing.
`;

const takesValue = new Set([
  '--key',
  '--note',
  '--proof',
  '--estate',
  '--allowed-tail',
  '--heartbeat',
  '-o',
  '--output',
]);
const switches = new Set(['--part', '--chain']);

/** Throws an Error whose message says what is not understood. */
export function optionsFrom(words: readonly string[]): Options | 'help' {
  const values = new Map<string, string[]>();
  const given = new Set<string>();
  const paths: string[] = [];
  const rest = [...words];
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    const [word, inline] = split(next);
    if (word === '--help' || word === '-h') {
      return 'help';
    }
    if (takesValue.has(word)) {
      const value = inline ?? rest.shift();
      if (value === undefined) {
        throw new Error(`${word} needs a value`);
      }
      values.set(word, [...(values.get(word) ?? []), value]);
    } else if (switches.has(word)) {
      given.add(word);
    } else if (word.startsWith('-')) {
      throw new Error(`there is no ${word}`);
    } else {
      paths.push(next);
    }
  }
  const [path, second] = paths;
  if (path === undefined || second !== undefined) {
    throw new Error(path === undefined ? 'name the file or the pack to check' : 'one file or pack at a time');
  }
  const last = (flag: string) => values.get(flag)?.at(-1);
  const format = last('-o') ?? last('--output') ?? 'text';
  if (format !== 'json' && format !== 'text') {
    throw new Error(`-o takes json or text, not ${format}`);
  }
  return {
    ...{
      path,
      keys: values.get('--key') ?? [],
      notes: values.get('--note') ?? [],
      proofs: values.get('--proof') ?? [],
    },
    ...{ estate: last('--estate') ?? null, chain: given.has('--chain'), part: given.has('--part') },
    json: format === 'json',
    allowedTail: secondsIn('--allowed-tail', last('--allowed-tail') ?? '15m'),
  };
}

function split(word: string): readonly [string, string | undefined] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

function secondsIn(flag: string, text: string): number {
  const unit = units[text.slice(-1)];
  if (unit === undefined || !/^\d{1,9}[smhd]$/.test(text)) {
    throw new Error(`${flag} takes a number and s, m, h or d, not ${text}`);
  }
  return Number(text.slice(0, -1)) * unit;
}
