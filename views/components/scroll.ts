/**
 * The first row to show so that the cursor is seen. Inside the page nothing scrolls; at its edge the view jumps most of a
 * page ahead, because a scroll by one line rewrites the whole screen on the wire (facts: terminal.md §2.4).
 */
export function topFor(cursor: number, top: number, height: number, count: number): number {
  const last = Math.max(0, count - height);
  const within = Math.min(Math.max(0, top), last);
  if (cursor >= within && cursor < within + height) {
    return within;
  }
  const before = cursor < within ? height - 1 - Math.floor(height / 4) : Math.floor(height / 4);
  return Math.min(last, Math.max(0, cursor - before));
}

export function clampIndex(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, index));
}
