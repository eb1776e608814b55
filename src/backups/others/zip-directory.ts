import type { FileHandle } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

export interface ZipMember {
  readonly name: string;
  readonly size: number;
  readonly packed: number;
  readonly method: number;
  readonly at: number;
}

/** The end-of-directory record with the longest comment it may have. */
const tailBytes = 65_557;
const mostDirectory = 256 * 1024 * 1024;
const mostMember = 4 * 1024 * 1024;

/** The members that a zip's directory names, at its very end: a file that was cut off has none. Throws an Error that says so. */
export async function zipMembers(file: FileHandle): Promise<readonly ZipMember[]> {
  const { size } = await file.stat();
  const tail = await bytesAt(file, Math.max(0, size - tailBytes), Math.min(size, tailBytes));
  const end = tail.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  if (end === -1 || end + 22 > tail.length) {
    throw new Error('its end is missing: it was cut off');
  }
  let length = tail.readUInt32LE(end + 12);
  let start = tail.readUInt32LE(end + 16);
  const locator = end - 20;
  if ((start === 0xffffffff || length === 0xffffffff) && locator >= 0 && tail.readUInt32LE(locator) === 0x07064b50) {
    const record = await bytesAt(file, Number(tail.readBigUInt64LE(locator + 8)), 56);
    length = Number(record.readBigUInt64LE(40));
    start = Number(record.readBigUInt64LE(48));
  }
  if (start + length > size || length > mostDirectory) {
    throw new Error('its directory lies beyond its end: it was cut off');
  }
  return membersIn(await bytesAt(file, start, length));
}

function membersIn(directory: Buffer): readonly ZipMember[] {
  const members: ZipMember[] = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
    const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const packed = directory.readUInt32LE(at + 20);
    const size = directory.readUInt32LE(at + 24);
    const place = directory.readUInt32LE(at + 42);
    const large = largeOf(extra, [size, packed, place]);
    members.push({ name, method: directory.readUInt16LE(at + 10), ...large });
    at += 46 + nameLength + extraLength + directory.readUInt16LE(at + 32);
  }
  return members;
}

/** Sizes beyond 4 GiB stand in an extra field, in this order, each only where the short one is full. */
function largeOf(extra: Buffer, [size = 0, packed = 0, at = 0]: readonly number[]): Omit<ZipMember, 'name' | 'method'> {
  const values = [size, packed, at];
  for (let place = 0; place + 4 <= extra.length; place += 4 + extra.readUInt16LE(place + 2)) {
    if (extra.readUInt16LE(place) === 1) {
      let from = place + 4;
      for (const [index, value] of values.entries()) {
        if (value === 0xffffffff && from + 8 <= extra.length) {
          values[index] = Number(extra.readBigUInt64LE(from));
          from += 8;
        }
      }
    }
  }
  return { size: values[0] ?? 0, packed: values[1] ?? 0, at: values[2] ?? 0 };
}

/** A small member's text. */
export async function zipText(file: FileHandle, { at, packed, size, method }: ZipMember): Promise<string> {
  if (size > mostMember || packed > mostMember) {
    throw new Error('it is longer than it should be');
  }
  const header = await bytesAt(file, at, 30);
  const from = at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const bytes = await bytesAt(file, from, packed);
  return (method === 8 ? inflateRawSync(bytes, { maxOutputLength: mostMember }) : bytes).toString('utf8');
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) {
    throw new Error('it ended early');
  }
  return buffer;
}
