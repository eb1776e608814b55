/** A span in words for a column: `3s`, `4m10s`, `2h05m`, `3d4h`. Seconds in; never negative. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) {
    return `${whole}s`;
  }
  if (whole < 600) {
    return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`;
  }
  if (whole < 3600) {
    return `${Math.floor(whole / 60)}m`;
  }
  if (whole < 86_400) {
    return `${Math.floor(whole / 3600)}h${pad(Math.floor((whole % 3600) / 60))}m`;
  }
  return `${Math.floor(whole / 86_400)}d${Math.floor((whole % 86_400) / 3600)}h`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
