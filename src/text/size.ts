const steps = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes in words: `512 B`, `1.5 MiB`. */
export function size(bytes: number): string {
  let value = Math.abs(bytes);
  let step = 0;
  // 1023.9 KiB would be rounded to `1024 KiB`, which nobody writes.
  while (Math.round(value) >= 1024 && step < steps.length - 1) {
    value /= 1024;
    step += 1;
  }
  const digits = step === 0 || value >= 100 ? 0 : 1;
  return `${bytes < 0 ? '−' : ''}${value.toFixed(digits)} ${steps[step] ?? 'B'}`;
}
