import type { Desk, Standing } from '#actions/desk/port.ts';
import type { Watcher } from '#health/watcher.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import { accessHands } from './acting/access-hands.ts';
import { accessNews } from './acting/access-news.ts';
import { type ActingWorld, actingHands } from './acting/hands.ts';
import { marker } from './acting/marked.ts';
import { newsOf } from './acting/news.ts';
import { troubles } from './backups/troubles.ts';
import type { Hands } from './bindings/binding.ts';
import { zoneName } from './components/clock.ts';
import type { Painter } from './components/painter.tsx';
import { dispatch } from './dispatch.ts';
import { frame } from './frame.ts';
import type { ConsoleOptions } from './options.ts';
import { isTooEarly, painted } from './plan/guard.ts';
import { beginning, sizeOf } from './state/begin.ts';
import { observed, paced } from './state/live.ts';
import { type ConsoleState, openTenantScreen, questionOnTop } from './state/state.ts';
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
  let isAway = false;

  // The first frame goes out before Ink is even loaded: that is 80 ms earlier (facts: terminal.md §2.2).
  let leaveScreen = enterScreen(stdout);
  wayOut.add(() => leaveScreen());
  writeFrame(stdout, shown);
  const sizeAtFirst = sizeOf(stdout);

  const draw = () => {
    const next = frame(state);
    const isSame = next.length === shown.length && next.every((line, row) => line === shown[row]);
    if (!isSame && painter !== null && !isAway) {
      shown = next;
      painter.draw(shown, state.columns);
    }
    if (painter !== null && !isAway) {
      state = painted(state, clock.monotonic());
    }
  };
  const publish = () => {
    state = { ...state, now: clock.now() };
    if (watcher !== null) {
      state = observed(state, knowing(watcher), clock.monotonic() - beganAt);
      watcher.focus(openTenantScreen(state)?.tenant ?? null);
    }
    // What has to stay on every screen takes rows from the table, and gives them back when it is over.
    state = inView(state);
    draw();
  };
  const pace = paced(publish, publishGapMs, () => clock.monotonic());
  wayOut.add(() => pace.stop());
  const change = (next: Partial<ConsoleState>) => {
    state = { ...state, ...next };
  };
  const withMarks = marker();
  const knowing = (one: Watcher) => ({
    picture: () => withMarks(one.picture(), state.acting.standing, troubles(state)),
    detail: () => one.detail(),
  });
  const desk = Promise.withResolvers<Desk>();
  const keep = (kept: Parameters<typeof preferences.save>[0]) =>
    preferences.save(kept).catch((cause: unknown) => {
      hands.say(`could not keep that: ${cause instanceof Error ? cause.message : String(cause)}`, 'refused');
      draw();
    });

  const world: ActingWorld = {
    ...{ desk: desk.promise, state: () => state, set: change, publish: () => publish() },
    say: (text, tone) => change({ flash: { text, tone } }),
  };
  const hands: Hands = {
    state: () => state,
    set: change,
    say: (text, tone = 'said') => change({ flash: { text, tone } }),
    openTenant: (name) => change(openedTenant(state, name)),
    setTheme: (theme) => {
      change({ theme });
      void keep({ theme: theme.name });
    },
    acting: actingHands(world),
    access: accessHands(world),
    suspend: () => void toShell(),
    redraw: () => redraw(),
    quit: () => wayOut.leave({ code: exitCodes.ok }),
  };
  const onKeys = (keys: readonly Key[]) => {
    // Keys act on what was on the screen when they were pressed; only then is anything newer shown.
    for (const key of keys) {
      const question = questionOnTop(state);
      if (key.name === 'ctrl+c' || key.name === 'esc' || !isTooEarly(state, clock.monotonic())) {
        dispatch(hands, key);
      }
      // What was typed ahead of a question was not typed to answer it.
      if (questionOnTop(state) !== null && questionOnTop(state) !== question) {
        break;
      }
    }
    publish();
  };
  const onEnd = () => wayOut.leave({ code: exitCodes.interrupted });
  const listen = () => openKeyboard({ stdin, onKeys, onEnd });
  let keyboard = listen();
  wayOut.add(() => keyboard.close());

  const redraw = () => {
    shown = frame(state);
    painter?.redraw(shown, state.columns);
  };
  const toShell = () =>
    suspend({
      leave() {
        isAway = true;
        keyboard.close();
        leaveScreen();
      },
      enter() {
        isAway = false;
        leaveScreen = enterScreen(stdout);
        keyboard = listen();
        resized();
      },
    });
  const resized = () => {
    state = inView({ ...state, ...sizeOf(stdout) });
    redraw();
  };
  stdout.on('resize', resized);
  wayOut.add(() => void stdout.off('resize', resized));

  const stopProgress = options.progress?.((progress) => {
    change({ progress });
    pace.due();
  });
  wayOut.add(() => stopProgress?.());

  const begin = async () => {
    const { openPainter } = await import('./components/painter.tsx');
    painter = openPainter(stdout, shown, sizeAtFirst.columns);
    if (sizeAtFirst.columns !== state.columns || sizeAtFirst.rows !== state.rows) {
      redraw();
    }
    wayOut.add(() => painter?.close());
    publish();
    const tick = setInterval(() => {
      change({ zone: zoneName(clock.now()) });
      pace.due();
    }, 1000);
    wayOut.add(() => clearInterval(tick));
    const zone = setTimeout(nameZone, 100);
    wayOut.add(() => clearTimeout(zone));
    const made = typeof options.watcher === 'function' ? options.watcher() : options.watcher;
    watcher = await made;
    wayOut.add(watcher.subscribe(() => pace.due()));
    publish();
    if (options.desk !== undefined) {
      const opened = await options.desk();
      desk.resolve(opened);
      wayOut.add(opened.follow(stands));
      wayOut.add(
        opened.backups.follow((backups) => {
          change({ backups });
          pace.due();
        }),
      );
    }
  };
  const stands = (standing: Standing) => {
    const flash = newsOf(state.acting, standing) ?? accessNews(state.acting.standing, standing, clock.now());
    change({ acting: { ...state.acting, standing }, ...(flash === null ? {} : { flash }) });
    pace.due();
  };
  // The clock's zone takes 20 ms to ask for, so it comes when everything else is there.
  const nameZone = () => {
    change({ zone: zoneName(clock.now()) });
    draw();
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
