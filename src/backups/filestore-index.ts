import { DamagedBackup } from './manifest-file.ts';

/** One file of a filestore: where it lies in it, its bytes, and the pack that holds it. */
export interface IndexedFile {
  /** `xx/<sha1>`, as `ir_attachment.store_fname` has it. */
  readonly path: string;
  readonly size: number;
  /** The pack's name (layout.ts, `packName`). */
  readonly pack: string;
}

/** Odoo names a file by the SHA-1 of its bytes, below its first two digits. */
export const filePattern = /^[0-9a-f]{2}\/[0-9a-f]{40}$/;
const linePattern = /^([0-9a-f]{2}\/[0-9a-f]{40})\t(\d{1,15})\t([0-9a-f]{64})$/;

/** A line of the index, with its line break. */
export function indexLine({ path, size, pack }: IndexedFile): string {
  return `${path}\t${size}\t${pack}\n`;
}

/** The files that an index names, as its bytes come. Throws DamagedBackup on a line that is none. */
export async function* filesOf(key: string, source: AsyncIterable<Buffer>): AsyncGenerator<IndexedFile> {
  let rest = '';
  let number = 0;
  const read = (line: string): IndexedFile => {
    number += 1;
    const [, path = '', size = '', pack = ''] = linePattern.exec(line) ?? [];
    if (path === '') {
      throw new DamagedBackup(key, `line ${number} names no file`);
    }
    return { path, size: Number(size), pack };
  };
  for await (const chunk of source) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      yield read(line);
    }
  }
  if (rest !== '') {
    throw new DamagedBackup(key, `it ends within line ${number + 1}`);
  }
}
