/**
 * True for the code units that are one grapheme and one cell wherever they stand: ASCII, Latin, and the symbols that till
 * itself draws. A text made of these alone needs neither Intl.Segmenter nor string-width (facts: terminal.md §2.2);
 * test/bundle.test.ts holds the agreement with both.
 */
export function isSimple(code: number): boolean {
  return (
    (code >= 0x20 && code <= 0x7e) ||
    (code >= 0xa0 && code <= 0x2ff && code !== 0xad) ||
    (code >= 0x2010 && code <= 0x2027) ||
    (code >= 0x2190 && code <= 0x2193) ||
    (code >= 0x2500 && code <= 0x259f) ||
    code === 0x2212 ||
    code === 0x2298 ||
    code === 0x25b2 ||
    code === 0x25b8 ||
    code === 0x25bc ||
    code === 0x25cb ||
    code === 0x25cf ||
    code === 0x2716
  );
}
