/** `*` and `?` as a shell has them, over the whole text; everything else stands for itself. */
export function matchesGlob(glob: string, text: string): boolean {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/gu, '\\$&')
    .replace(/\*+/gu, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 'su').test(text);
}

export function isGlob(text: string): boolean {
  return /[*?]/u.test(text);
}
