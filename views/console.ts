import type { Watcher } from '#health/watcher.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import type { Hands } from './bindings/binding.ts';
import { zoneName } from './components/clock.ts';
import type { Painter } from './components/painter.tsx';
import { dispatch } from './dispatch.ts';
import { frame } from './frame.ts';
import type { ConsoleOptions } from './options.ts';
import { beginning, sizeOf } from './state/begin.ts';
import { observed, paced } from './state/live.ts';
import { type ConsoleState, openTenantScreen } from './state/state.ts';
import { openedTenant } from './tenant/moves.ts';
import { inView } from './tenants/moves.ts';
import { openKeyboard } from './terminal/keyboard.ts';
import type { Key } from './terminal/keys.ts';
import { enterScreen, writeFrame } from './terminal/modes.ts';
import { suspend } from './terminal/suspend.ts';
import { openWayOut } from './terminal/way-out.ts';

export type { ConsoleOptions } from './options.ts';

/** Live data is drawn at most this often; a key always at once (facts: terminal.md §2.5). */
const publishGapMs = 250;

/** Opens the console on a terminal and resolves when it was left, with the terminal as it was found. */
export async function openConsole(options: ConsoleOptions): Promise<ExitCode> {
  const { stdin, stdout, clock, preferences } = options;
  const wayOut = openWayOut(stdout);
  const beganAt = clock.monotonic();
  let state: ConsoleState = beginning(options);
  let shown = frame(state);
  let painter: Painter | null = null;
  let watcher: Watcher | null = null;

  // The first frame goes out before Ink is even loaded: that is 80 ms earlier (facts: terminal.md §2.2).
  let leaveScreen = enterScreen(stdout);
  wayOut.add(() => leaveScreen());
  writeFrame(stdout, shown);

  const draw = () => {
    const next = frame(state);
    const isSame = next.length === shown.length && next.every((line, row) => line === shown[row]);
    if (!isSame && painter !== null) {
      shown = next;
      painter.draw(shown, state.columns);
    }
  };
  const publish = () => {
    const now = clock.now();
    state = { ...state, now, zone: zoneName(now) };
    if (watcher !== null) {
      state = observed(state, watcher, clock.monotonic() - beganAt);
      watcher.focus(openTenantScreen(state)?.tenant ?? null);
    }
    draw();
  };
  const pace = paced(publish, publishGapMs, () => clock.monotonic());
  wayOut.add(() => pace.stop());
  const change = (next: Partial<ConsoleState>) => {
    state = { ...state, ...next };
  };
  const keep = (kept: Parameters<typeof preferences.save>[0]) =>
    preferences.save(kept).catch((cause: unknown) => {
      hands.say(`could not keep that: ${cause instanceof Error ? cause.message : String(cause)}`, 'refused');
      draw();
    });

  const hands: Hands = {
    state: () => state,
    set: change,
    say: (text, tone = 'said') => change({ flash: { text, tone } }),
    openTenant: (name) => change(openedTenant(state, name)),
    setTheme: (theme) => {
      change({ theme });
      void keep({ theme: theme.name });
    },
    suspend: () => void toShell(),
    redraw: () => void redraw(),
    quit: () => wayOut.leave({ code: exitCodes.ok }),
  };
  const onKeys = (keys: readonly Key[]) => {
    // Keys act on what was on the screen when they were pressed; only then is anything newer shown.
    for (const key of keys) {
      dispatch(hands, key);
    }
    publish();
  };
  const onEnd = () => wayOut.leave({ code: exitCodes.interrupted });
  const listen = () => openKeyboard({ stdin, onKeys, onEnd });
  let keyboard = listen();
  wayOut.add(() => keyboard.close());

  const redraw = async () => {
    const takeBack = await painter?.release();
    stdout.write('\u001b[2J\u001b[H');
    await takeBack?.();
  };
  const toShell = async () => {
    let takeBack: (() => Promise<void>) | undefined;
    await suspend({
      async leave() {
        keyboard.close();
        takeBack = await painter?.release();
        leaveScreen();
      },
      async enter() {
        leaveScreen = enterScreen(stdout);
        stdout.write('\u001b[H');
        await takeBack?.();
        keyboard = listen();
        resized();
      },
    });
  };
  const resized = () => {
    state = inView({ ...state, ...sizeOf(stdout) });
    publish();
  };
  // Before Ink's own listener: a frame of the old height would scroll the new screen (facts: terminal.md §1.4).
  stdout.prependListener('resize', resized);
  wayOut.add(() => void stdout.off('resize', resized));

  const stopProgress = options.progress?.((progress) => {
    change({ progress });
    pace.due();
  });
  wayOut.add(() => stopProgress?.());

  const begin = async () => {
    const { openPainter } = await import('./components/painter.tsx');
    shown = frame(state);
    painter = openPainter(stdout, shown, state.columns);
    wayOut.add(() => painter?.close());
    const tick = setInterval(() => pace.due(), 1000);
    wayOut.add(() => clearInterval(tick));
    publish();
    const made = typeof options.watcher === 'function' ? options.watcher() : options.watcher;
    watcher = await made;
    wayOut.add(watcher.subscribe(() => pace.due()));
    publish();
  };
  begin().catch((error: unknown) => wayOut.leave({ error }));

  const ending = await wayOut.ended;
  if (state.history !== preferences.history) {
    await preferences.save({ history: state.history }).catch(() => undefined);
  }
  if ('error' in ending) {
    throw ending.error;
  }
  return ending.code;
}
