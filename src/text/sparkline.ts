const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** One block a value, scaled to the largest. An unknown series is drawn by the caller as `·`, never as zero. */
export function sparkline(values: readonly number[]): string {
  const top = Math.max(...values, 1);
  return values
    .map(
      (value) => blocks[Math.min(blocks.length - 1, Math.max(0, Math.ceil((value / top) * blocks.length) - 1))] ?? '▁',
    )
    .join('');
}
