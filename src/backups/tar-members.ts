/** A member of a tar as its bytes come: `take` is called with each piece of a file, then `end`. */
export interface TarSink {
  begin(name: string, size: number): void;
  take(bytes: Buffer): void;
  end(): void;
}

const block = 512;
const mostHeader = 1024 * 1024;

/**
 * Reads a tar as GNU tar and POSIX write it (long names in `L` members and pax headers), as it flows: what `tar` alone would
 * say of a file is only that it is there. Throws an Error on what is no tar, and on one that ends early.
 */
export async function readTar(source: AsyncIterable<Buffer>, sink: TarSink): Promise<void> {
  let held = Buffer.alloc(0);
  let left = 0;
  let padding = 0;
  let special: { readonly type: string; readonly parts: Buffer[] } | null = null;
  let longName: string | null = null;
  let hasEnded = false;
  let isFile = false;

  const header = (bytes: Buffer) => {
    if (bytes.every((byte) => byte === 0)) {
      hasEnded = true;
      return;
    }
    const sum = bytes.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
    if (octal(bytes, 148, 8) !== sum) {
      throw new Error('it is no tar: the sum of a header is wrong');
    }
    const type = String.fromCharCode(bytes[156] ?? 0);
    left = numberIn(bytes, 124, 12);
    padding = (block - (left % block)) % block;
    if (type === 'L' || type === 'x' || type === 'g' || type === 'K') {
      if (left > mostHeader) {
        throw new Error('it is no tar: a name is too long');
      }
      special = { type, parts: [] };
      return;
    }
    isFile = type === '0' || type === '\0' || type === '7';
    if (!isFile && left > 0) {
      throw new Error(`it holds a member of type ${JSON.stringify(type)} with bytes`);
    }
    if (isFile) {
      sink.begin(longName ?? nameIn(bytes), left);
      if (left === 0) {
        sink.end();
      }
    }
    longName = null;
  };

  const body = (bytes: Buffer) => {
    left -= bytes.length;
    if (special === null) {
      sink.take(bytes);
      if (left === 0) {
        sink.end();
      }
      return;
    }
    special.parts.push(bytes);
    if (left === 0) {
      const text = Buffer.concat(special.parts).toString('utf8');
      longName = special.type === 'L' ? text.replace(/\0+$/, '') : special.type === 'x' ? paxPath(text) : longName;
      special = null;
    }
  };

  for await (const chunk of source) {
    let at = 0;
    while (at < chunk.length) {
      if (left > 0) {
        const piece = chunk.subarray(at, at + left);
        at += piece.length;
        body(piece);
      } else if (padding > 0) {
        const skipped = Math.min(padding, chunk.length - at);
        padding -= skipped;
        at += skipped;
      } else if (hasEnded) {
        at = chunk.length;
      } else {
        const piece = chunk.subarray(at, at + block - held.length);
        at += piece.length;
        held = Buffer.concat([held, piece]);
        if (held.length === block) {
          header(held);
          held = Buffer.alloc(0);
        }
      }
    }
  }
  if (!hasEnded) {
    throw new Error('it ends early');
  }
}

function nameIn(bytes: Buffer): string {
  const isUstar = bytes.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? textIn(bytes, 345, 155) : '';
  const name = textIn(bytes, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textIn(bytes: Buffer, at: number, length: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString('utf8', at, end === -1 || end > at + length ? at + length : end);
}

function octal(bytes: Buffer, at: number, length: number): number {
  return Number.parseInt(textIn(bytes, at, length).trim() || '0', 8);
}

/** Sizes of 8 GiB and more are binary in GNU's format. */
function numberIn(bytes: Buffer, at: number, length: number): number {
  const size =
    ((bytes[at] ?? 0) & 0x80) === 0 ? octal(bytes, at, length) : Number(bytes.readBigUInt64BE(at + length - 8));
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new Error('it is no tar: a size cannot be read');
  }
  return size;
}

function paxPath(text: string): string | null {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text)?.[1] ?? null;
}
