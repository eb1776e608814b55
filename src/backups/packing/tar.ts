/** Just enough of POSIX's tar for files named by their SHA-1: a header, the bytes, and zeros up to the next block. */
const block = 512;

export const tarEnd = Buffer.alloc(2 * block);

export function tarHeader(path: string, size: number): Buffer {
  const header = Buffer.alloc(block);
  header.write(path, 0, 100, 'latin1');
  header.write('0000600\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  sizeField(size).copy(header, 124);
  header.write('00000000000\0', 136);
  // The sum is taken over the header with spaces in its own place.
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

export function tarPadding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block);
}

/** Eleven octal digits end at 8 GiB; beyond it the first bit says that the rest is the number itself. */
function sizeField(size: number): Buffer {
  const octal = size.toString(8);
  if (octal.length <= 11) {
    return Buffer.from(`${octal.padStart(11, '0')}\0`);
  }
  const field = Buffer.alloc(12);
  field.writeUInt8(0x80, 0);
  field.writeBigUInt64BE(BigInt(size), 4);
  return field;
}
