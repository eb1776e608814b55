import { dark, light, none, type Theme, themeNamed } from '#themes/index.ts';
import type { ConsoleOptions } from '../options.ts';
import type { ConsoleState } from './state.ts';

/** The state before anything has been read. */
export function beginning({
  estate,
  lastPicture,
  stdout,
  clock,
  preferences,
  env,
  actions = [],
}: ConsoleOptions): ConsoleState {
  return {
    estate,
    picture: lastPicture ?? null,
    fromDisk: (lastPicture ?? null) !== null,
    detail: null,
    progress: null,
    tenants: {
      kind: 'tenants',
      cursor: null,
      top: 0,
      sort: { column: 'worst', reversed: false },
      filter: '',
      marks: new Set(),
    },
    above: [],
    acting: { actions, shapes: new Map(), standing: null },
    backups: null,
    input: null,
    flash: null,
    theme: themeFor(preferences.theme, env),
    history: preferences.history,
    ...sizeOf(stdout),
    now: clock.now(),
    zone: '',
  };
}

export function sizeOf({ columns, rows }: NodeJS.WriteStream): { readonly columns: number; readonly rows: number } {
  return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 };
}

/** NO_COLOR before what was kept (no-color.org), what was kept before a guess from the terminal's own words. */
export function themeFor(kept: string | null, env: ConsoleOptions['env']): Theme {
  if (env['NO_COLOR'] || env['TERM'] === 'dumb') {
    return none;
  }
  const background = Number(env['COLORFGBG']?.split(';').at(-1) ?? Number.NaN);
  const guess = background === 7 || background === 15 ? light : dark;
  return themeNamed(kept) ?? guess;
}
