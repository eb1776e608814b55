import { type Instance, render } from 'ink';
import { Screen } from './screen.tsx';

/** What draws the screen once Ink is loaded: only what changed goes to the terminal. */
export interface Painter {
  draw(lines: readonly string[], columns: number): void;
  /** Everything anew, wherever the cursor is and whatever is there: after a resize, after the shell, when asked. */
  redraw(lines: readonly string[], columns: number): void;
  close(): void;
}

/**
 * Takes over a terminal that already shows these lines. The alternate screen, the cursor, the keyboard and the resizing are
 * ours (views/terminal); Ink only draws. Its own first frame is kept from the wire, because it is there already.
 */
export function openPainter(stdout: NodeJS.WriteStream, lines: readonly string[], columns: number): Painter {
  const wire = wireTo(stdout);
  let generation = 0;
  const element = (shown: readonly string[], width: number) => (
    <Screen key={generation} lines={shown} columns={width} />
  );
  wire.isMuted = true;
  const ink: Instance = render(element(lines, columns), {
    stdout: wire.stream,
    alternateScreen: false,
    incrementalRendering: true,
    maxFps: 60,
    patchConsole: false,
    exitOnCtrlC: false,
    interactive: Boolean(stdout.isTTY),
  });
  wire.isMuted = false;
  // Where Ink believes the cursor to be after its frame.
  stdout.write(`\u001b[${lines.length};1H`);
  return {
    draw: (shown, width) => ink.rerender(element(shown, width)),
    redraw(shown, width) {
      // Ink forgets what it drew; its way of erasing it relies on a cursor that may be anywhere by now.
      wire.isMuted = true;
      ink.clear();
      wire.isMuted = false;
      stdout.write('\u001b[0m\u001b[2J\u001b[H');
      generation += 1;
      ink.rerender(element(shown, width));
    },
    close() {
      // Nothing to show: else Ink would draw the whole frame once more on its way out.
      ink.rerender(null);
      ink.unmount();
    },
  };
}

type Write = (data: string | Uint8Array, ...rest: ((error?: Error | null) => void)[]) => boolean;

/** Ink steps over each row that has not changed by itself; one step over all of them is a hundred bytes less a frame. */
const stepsDown = /(?:\u001b\[E){2,}/gu;

/**
 * The stream as Ink sees it: it can be muted, and it never tells of a resize. Ink would answer one with a frame of the old
 * size and erase relative to a cursor that the terminal has moved (facts: terminal.md §1.4); we redraw from the corner.
 */
function wireTo(stdout: NodeJS.WriteStream) {
  const write: Write = stdout.write.bind(stdout);
  const wire = { isMuted: false, stream: stdout };
  const seen = (...[data, ...rest]: Parameters<Write>) => {
    const shorter = typeof data === 'string' ? data.replace(stepsDown, (steps) => `\u001b[${steps.length / 3}E`) : data;
    return wire.isMuted || write(shorter, ...rest);
  };
  wire.stream = new Proxy(stdout, {
    get(target, property) {
      if (property === 'write') {
        return seen;
      }
      const value: unknown = Reflect.get(target, property, target);
      if (property === 'on' && typeof value === 'function') {
        return (event: string, listener: unknown) =>
          event === 'resize' ? target : value.call(target, event, listener);
      }
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return wire;
}
