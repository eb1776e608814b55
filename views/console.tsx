import { type Instance, render, useApp } from 'ink';
import type { Watcher } from '#health/watcher.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import type { Hands } from './bindings/binding.ts';
import { Screen } from './components/screen.tsx';
import { dispatch } from './dispatch.ts';
import { frame } from './frame.ts';
import type { ConsoleOptions } from './options.ts';
import { beginning, sizeOf } from './state/begin.ts';
import { observed, paced } from './state/live.ts';
import { type ConsoleState, currentScreen } from './state/state.ts';
import { inView, moveCursorTo, withTenants } from './tenants/moves.ts';
import { shownTenants } from './tenants/rows.ts';
import { openKeyboard } from './terminal/keyboard.ts';
import type { Key } from './terminal/keys.ts';
import { enterModes } from './terminal/modes.ts';
import { suspend } from './terminal/suspend.ts';
import { openWayOut } from './terminal/way-out.ts';

/** Live data is drawn at most this often; a key always at once (facts: terminal.md §2.5). */
const publishGapMs = 250;

/** Opens the console on a terminal and resolves when it was left, with the terminal as it was found. */
export async function openConsole(options: ConsoleOptions): Promise<ExitCode> {
  const { stdin, stdout, clock, preferences } = options;
  const wayOut = openWayOut(stdout);
  let state = beginning(options);
  let watcher: Watcher | null = null;
  let shown: readonly string[] = frame(state);
  let suspendInk: (() => Promise<{ resume(): Promise<void> }>) | undefined;

  const element = () => <Root onReady={(hand) => (suspendInk = hand)} lines={shown} columns={state.columns} />;
  const ink: Instance = render(element(), {
    stdout,
    alternateScreen: true,
    incrementalRendering: true,
    maxFps: 60,
    patchConsole: false,
    exitOnCtrlC: false,
    interactive: Boolean(stdout.isTTY),
  });
  wayOut.add(() => ink.unmount());
  let leaveModes = enterModes(stdout);
  wayOut.add(() => leaveModes());

  const draw = () => {
    const next = frame(state);
    const same = next.length === shown.length && next.every((line, row) => line === shown[row]);
    if (!same) {
      shown = next;
      ink.rerender(element());
    }
  };
  const publish = () => {
    state = { ...state, now: clock.now() };
    if (watcher !== null) {
      state = observed(state, watcher, clock.monotonic() - beganAt);
      watcher.focus(state.above.find((screen) => screen.kind === 'tenant')?.tenant ?? null);
    }
    draw();
  };
  const beganAt = clock.monotonic();
  const pace = paced(publish, publishGapMs, () => clock.monotonic());
  wayOut.add(() => pace.stop());

  const hands: Hands = {
    state: () => state,
    set: (next) => {
      state = next;
    },
    say: (text, tone = 'said') => {
      state = { ...state, flash: { text, tone } };
    },
    openTenant: (name) => {
      state = openedTenant(state, name);
    },
    setTheme: (theme) => {
      state = { ...state, theme };
      keep({ theme: theme.name });
    },
    suspend: () => void toShell(),
    redraw: () => void suspendInk?.().then((hand) => hand.resume()),
    quit: () => wayOut.leave({ code: exitCodes.ok }),
  };
  const keep = (change: Parameters<typeof preferences.save>[0]) =>
    preferences.save(change).catch((cause: unknown) => {
      hands.say(`could not keep that: ${cause instanceof Error ? cause.message : String(cause)}`, 'refused');
      draw();
    });

  const onKeys = (keys: readonly Key[]) => {
    // Keys act on what was on the screen when they were pressed; only then is anything newer shown.
    for (const key of keys) {
      dispatch(hands, key);
    }
    publish();
  };
  const listen = () => openKeyboard({ stdin, onKeys, onEnd: () => wayOut.leave({ code: exitCodes.interrupted }) });
  let keyboard = listen();
  wayOut.add(() => keyboard.close());

  const toShell = () =>
    suspend({
      leave: async () => {
        keyboard.close();
        leaveModes();
        const hand = await suspendInk?.();
        resumeInk = hand?.resume;
      },
      enter: async () => {
        await resumeInk?.();
        leaveModes = enterModes(stdout);
        keyboard = listen();
        resized();
      },
    });
  let resumeInk: (() => Promise<void>) | undefined;

  const resized = () => {
    const screen = currentScreen(state);
    state = inView({ ...state, ...sizeOf(stdout), now: clock.now() });
    state = screen.kind === 'tenants' ? state : { ...state };
    draw();
  };
  // Before Ink's own listener: a frame of the old height would scroll the new screen (facts: terminal.md §1.4).
  stdout.prependListener('resize', resized);
  wayOut.add(() => void stdout.off('resize', resized));

  const tick = setInterval(() => pace.due(), 1000);
  wayOut.add(() => clearInterval(tick));

  const stopProgress = options.progress?.((words) => {
    state = { ...state, progress: words };
    pace.due();
  });
  wayOut.add(() => stopProgress?.());

  const watch = async () => {
    await ink.waitUntilRenderFlush();
    const made = typeof options.watcher === 'function' ? options.watcher() : options.watcher;
    watcher = await made;
    wayOut.add(watcher.subscribe(() => pace.due()));
    pace.due();
  };
  watch().catch((error: unknown) => wayOut.leave({ error }));

  const ending = await wayOut.ended;
  if (state.history !== preferences.history) {
    await preferences.save({ history: state.history }).catch(() => undefined);
  }
  if ('error' in ending) {
    throw ending.error;
  }
  return ending.code;
}

interface RootProps {
  readonly lines: readonly string[];
  readonly columns: number;
  readonly onReady: (suspendTerminal: () => Promise<{ resume(): Promise<void> }>) => void;
}

/** Ink hands out its way to the shell only inside a component. */
function Root({ lines, columns, onReady }: RootProps) {
  onReady(useApp().suspendTerminal);
  return <Screen lines={lines} columns={columns} />;
}

/** The tenant's screen on top; where one is open already it changes over, with the same section. */
function openedTenant(state: ConsoleState, name: string): ConsoleState {
  const index = shownTenants(state).findIndex(({ tenant }) => tenant === name);
  const there = index === -1 ? withTenants(state, {}) : moveCursorTo(state, index);
  const open = state.above.find((screen) => screen.kind === 'tenant');
  return {
    ...there,
    above: [{ kind: 'tenant', tenant: name, section: open?.section ?? 'signals', cursor: null, place: 0, top: 0 }],
  };
}
