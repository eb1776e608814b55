/** `52 s`, `12 min`, `3 h 12 min`, `2 days`. */
export function spanWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) {
    return `${whole} s`;
  }
  if (whole < 7_200) {
    return `${Math.floor(whole / 60)} min`;
  }
  if (whole < 172_800) {
    const minutes = Math.floor((whole % 3_600) / 60);
    return minutes === 0 ? `${Math.floor(whole / 3_600)} h` : `${Math.floor(whole / 3_600)} h ${minutes} min`;
  }
  return `${Math.floor(whole / 86_400)} days`;
}

export function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}
