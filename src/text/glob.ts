/**
 * `*` and `?` as a shell has them, over the whole text; everything else stands for itself. Not by way of a regular
 * expression: one of thirty stars would try for minutes. On a mismatch only the last star is widened, which is enough.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const wanted = [...glob];
  const given = [...text];
  let at = 0;
  let star = -1;
  let afterStar = 0;
  for (let index = 0; index < given.length; ) {
    if (wanted[at] === '*') {
      star = at;
      afterStar = index;
      at += 1;
    } else if (wanted[at] === '?' || (at < wanted.length && wanted[at] === given[index])) {
      at += 1;
      index += 1;
    } else if (star !== -1) {
      afterStar += 1;
      index = afterStar;
      at = star + 1;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((character) => character === '*');
}

export function isGlob(text: string): boolean {
  return /[*?]/u.test(text);
}
