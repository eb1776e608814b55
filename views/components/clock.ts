const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `Fri 27 Nov 09:41`, in the machine's own zone. */
export function localMinute(now: number): string {
  const date = new Date(now);
  return `${days[date.getDay()] ?? ''} ${date.getDate()} ${months[date.getMonth()] ?? ''} ${clockTime(date)}`;
}

/** `Mon 06:00`, or `Mon 7 Dec 06:00` when it is further than a week. */
export function localDay(instant: string, now: number): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) {
    return instant;
  }
  return date.getTime() - now < 6 * 86_400_000
    ? `${days[date.getDay()] ?? ''} ${clockTime(date)}`
    : localMinute(date.getTime());
}

/** `09:41:07`: where seconds matter. */
export function localSecond(instant: number): string {
  const date = new Date(instant);
  return `${clockTime(date)}:${String(date.getSeconds()).padStart(2, '0')}`;
}

function clockTime(date: Date): string {
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}

let named: { readonly offset: number; readonly name: string } | undefined;

/** `CET`, `UTC`: the zone in which the clock is read. Asked of Intl once for each offset, because asking takes 10 ms. */
export function zoneName(now: number): string {
  const offset = new Date(now).getTimezoneOffset();
  if (named?.offset !== offset) {
    const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(now);
    named = { offset, name: parts.find(({ type }) => type === 'timeZoneName')?.value ?? '' };
  }
  return named.name;
}
