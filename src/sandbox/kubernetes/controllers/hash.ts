/** FNV-1a, 32 bits: what Kubernetes hashes pod templates with. */
export function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Digits in Kubernetes' alphabet without vowels, so that no words come out (apimachinery's SafeEncodeString). */
export function safeText(number: number): string {
  return [...`${number}`].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}

/** Five characters that follow from a text: names of pods are the same in every run of one seed. */
export function suffixOf(text: string): string {
  let value = fnv(text);
  let suffix = '';
  for (let at = 0; at < 5; at += 1) {
    suffix += alphabet[value % alphabet.length];
    value = Math.trunc(value / alphabet.length) ^ (at * 7919);
  }
  return suffix;
}

/** From 0 up to 1, following from a text: jitter that is the same in every run. */
export function fraction(text: string): number {
  return fnv(text) / 2 ** 32;
}
