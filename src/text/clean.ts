// Texts from outside (pod names, images, cron names, SQL) may carry escape sequences, bidirectional overrides and line
// breaks; a terminal obeys them. Everything printed passes through here first (design §8).

const escapes = new RegExp(
  [
    '\\u001b\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)?', // OSC … BEL or ST
    '\\u001b[P^_X][^\\u001b]*(?:\\u001b\\\\)?', // DCS, PM, APC, SOS … ST
    '[\\u001b\\u009b][[()#;?]*(?:[0-9]{1,4}(?:;[0-9]{0,4})*)?[0-9A-PR-TZcf-nq-uy=><~]', // CSI and two-character escapes
  ].join('|'),
  'gu',
);
/** C0, DEL, C1, and the bidirectional controls that reorder what follows (Unicode TR 36). */
const controls = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** One line, no control characters: tabs and line breaks become a space, escape sequences and the rest vanish. */
export function clean(text: string): string {
  if (isPlain(text)) {
    return text;
  }
  return text
    .replace(escapes, '')
    .replace(/[\t\n\r]+/gu, ' ')
    .replace(controls, '');
}

function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e) {
      return false;
    }
  }
  return true;
}
