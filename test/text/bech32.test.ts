import { describe, expect, it } from 'vitest';
import { bech32, fromBech32 } from '#text/bech32.ts';

// Texts of BIP 173, "Test vectors".
describe('Bech32', () => {
  it.each([
    'A12UEL5L',
    'abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw',
    '11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j',
  ])('reads %s and writes it as it was', (text) => {
    const read = fromBech32(text);
    expect(read).not.toBeNull();
    expect(bech32(read?.prefix ?? '', read?.bytes ?? Buffer.alloc(0))).toBe(text.toLowerCase());
  });

  it('knows the bytes of its own example', () => {
    expect(fromBech32('abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw')?.bytes.toString('hex')).toBe(
      '00443214c74254b635cf84653a56d7c675be77df',
    );
  });

  it.each([
    ['a wrong letter', 'abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxv'],
    ['two letters swapped', 'abcdef1pqzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw'],
    ['letters of both cases', 'A12uEL5L'],
    ['no prefix', '1qzzfhee'],
    ['no separator', 'pzry9x0s0muk'],
    ['a letter of no alphabet', 'x1b4n0q5v'],
    ['less than a checksum', 'li1dgmt3'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(fromBech32(text)).toBeNull();
  });
});
