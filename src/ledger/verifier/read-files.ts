import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { HeldNote, HeldProof } from './evidence.ts';
import { unsigned } from './manifest.ts';
import { noteIn } from './note.ts';
import { sha256 } from './sha256.ts';

/** Everything in these places that may be a checkpoint: a file may hold many, one after the other or in lines of JSON. */
export function notesIn(paths: readonly string[]): readonly HeldNote[] {
  return paths.flatMap((path) => filesIn(path).flatMap((file) => notesOf(readFileSync(file, 'utf8'), file)));
}

function notesOf(text: string, anchor: string): readonly HeldNote[] {
  if (text.trimStart().startsWith('{')) {
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => heldNote(line, anchor));
  }
  const whole: HeldNote = { note: text, anchor, at: null };
  if (noteIn(text) !== null && !text.slice(0, -1).includes('\n\ntill/')) {
    return [whole];
  }
  // Notes one after the other: each ends with its signatures, and the next begins with its origin.
  const parts = text.split(/(?<=^— \S+ \S+\n)\n*(?!— )/mu).filter((part) => part.trim() !== '');
  return parts.length > 1 ? parts.map((note) => ({ note, anchor, at: null })) : [whole];
}

/** `{"note":"…","anchor":"vault","at":"2026-…"}`, as an export writes it. */
function heldNote(line: string, file: string): HeldNote {
  try {
    const { note, anchor, at } = JSON.parse(line);
    const time = Date.parse(String(at));
    return { note: String(note), anchor: String(anchor ?? file), at: Number.isFinite(time) ? time : null };
  } catch {
    return { note: line, anchor: file, at: null };
  }
}

export function proofsIn(paths: readonly string[]): readonly HeldProof[] {
  return paths.flatMap((path) => filesIn(path).map((file) => ({ proof: readFileSync(file, 'utf8'), anchor: file })));
}

/** Keys as they are given: in a line, or in a file of lines. */
export function keysIn(given: readonly string[]): readonly string[] {
  return given.flatMap((text) => (existsSync(text) ? readFileSync(text, 'utf8').split('\n') : [text])).filter(Boolean);
}

/** A file in pieces, each in the same memory as the one before. */
export function chunksOf(path: string): () => Iterable<Buffer> {
  return function* () {
    const file = openSync(path, 'r');
    const memory = Buffer.allocUnsafe(256 * 1024);
    try {
      for (let read = readSync(file, memory); read > 0; read = readSync(file, memory)) {
        yield memory.subarray(0, read);
      }
    } finally {
      closeSync(file);
    }
  };
}

function filesIn(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) {
    return [path];
  }
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}

/** What an evidence pack holds for verification. */
export interface Pack {
  readonly records: string;
  readonly notes: readonly string[];
  readonly proofs: readonly string[];
  /** Files that are not as the manifest says. */
  readonly wrong: readonly string[];
  /** What the signature of the manifest has against it; null when it holds. */
  readonly unsigned: string | null;
  /** The entries that the manifest says are here; null where it does not say. */
  readonly range: { readonly first: number; readonly last: number } | null;
}

/** The pack in a folder; null when it is none. */
export function packIn(folder: string, keys: readonly string[]): Pack | null {
  const records = join(folder, 'records.jsonl');
  if (!existsSync(folder) || !statSync(folder).isDirectory() || !existsSync(records)) {
    return null;
  }
  const there = (name: string) => [join(folder, name)].filter((path) => existsSync(path));
  return {
    records,
    notes: [...there('checkpoint.txt'), ...there('anchors')],
    proofs: there('proofs'),
    wrong: wrongFiles(folder),
    ...aboutManifest(folder, keys),
  };
}

function aboutManifest(folder: string, keys: readonly string[]): Pick<Pack, 'unsigned' | 'range'> {
  const [manifest, signature] = ['manifest.json', 'manifest.json.sig'].map((name) => textIn(join(folder, name)));
  if (manifest === undefined || manifest === null) {
    return { unsigned: null, range: null };
  }
  const { range } = JSON.parse(manifest) as { range?: Readonly<Record<string, unknown>> };
  const [first, last] = [Number(range?.['first']), Number(range?.['last'])];
  return {
    unsigned: unsigned(signature ?? null, sha256(Buffer.from(manifest), 'hex'), keys),
    range: Number.isSafeInteger(first) && Number.isSafeInteger(last) ? { first, last } : null,
  };
}

function textIn(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

/** `manifest.json` names every file of a pack with its SHA-256: `{"files":[{"path":"records.jsonl","sha256":"…"}]}`. */
function wrongFiles(folder: string): readonly string[] {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path)) {
    return ['manifest.json is missing'];
  }
  const { files } = JSON.parse(readFileSync(path, 'utf8')) as { files?: readonly { path: string; sha256: string }[] };
  const named = files ?? [];
  const known = new Set(['manifest.json', 'manifest.json.sig', ...named.map((file) => file.path)]);
  const here = filesIn(folder).map((file) => relative(folder, file).split(sep).join('/'));
  return [
    ...named.flatMap((file) => {
      const full = join(folder, file.path);
      if (!existsSync(full)) {
        return [`${file.path} is missing`];
      }
      return sha256(readFileSync(full), 'hex') === file.sha256 ? [] : [`${file.path} is not what the manifest names`];
    }),
    ...here.filter((name) => !known.has(name)).map((name) => `${name} is not in the manifest`),
  ];
}
