/** How a shop sells over the day and the week, as a share of its best hour. One curve makes history and the trading day. */

const tillsByHour = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0.4, 0.6, 0.8, 1, 0.95, 0.8, 0.8, 0.9, 1, 0.95, 0.7, 0.4, 0, 0, 0];
const webByHour = [
  0.65, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.65, 0.7, 0.75, 0.75, 0.85, 0.8, 0.75, 0.75, 0.75, 0.8, 0.85, 0.95, 1, 1,
  0.9, 0.75,
];
/** Sunday first, as both PostgreSQL and JavaScript count. */
const byWeekday = [0.92, 0.92, 0.95, 0.97, 1, 1.1, 1.2];

export const curves = { tillsByHour, webByHour, byWeekday } as const;

/** Tills are opened before nine and closed after nine in the evening, local time. */
export const openingHours = { from: 9, until: 21 } as const;

export interface LocalHour {
  readonly weekday: number;
  readonly hour: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

export function localHour(at: number, timezone: string): LocalHour {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      weekday: 'short',
      hour: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(timezone, format);
  }
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return { weekday: weekdays.indexOf(parts.get('weekday') ?? 'Sun'), hour: Number(parts.get('hour') ?? 0) };
}

interface Peaks {
  readonly timezone: string;
  readonly tillOrdersAtPeak: number;
  readonly webOrdersAtPeak: number;
}

/** Orders a minute that are usual at this moment. */
export function usualPace(tenant: Peaks, at: number): { readonly tills: number; readonly web: number } {
  const { weekday, hour } = localHour(at, tenant.timezone);
  const day = byWeekday[weekday] ?? 1;
  return {
    tills: (tenant.tillOrdersAtPeak / 15) * (tillsByHour[hour] ?? 0) * day,
    web: (tenant.webOrdersAtPeak / 15) * (webByHour[hour] ?? 0) * day,
  };
}
