import { type Instance, render, useApp } from 'ink';
import { Screen } from './screen.tsx';

/** What draws the screen once Ink is loaded: only what changed goes to the terminal. */
export interface Painter {
  draw(lines: readonly string[], columns: number): void;
  /** Lets go of the terminal for a while; what it returns takes it back and draws everything anew. */
  release(): Promise<() => Promise<void>>;
  close(): void;
}

type SuspendTerminal = () => Promise<{ resume(): Promise<void> }>;

/**
 * Takes over a terminal that already shows these lines, with the cursor in its upper left corner. The alternate screen, the
 * cursor and the keyboard are ours (views/terminal); Ink only draws.
 */
export function openPainter(stdout: NodeJS.WriteStream, lines: readonly string[], columns: number): Painter {
  let suspendTerminal: SuspendTerminal | undefined;
  const element = (shown: readonly string[], width: number) => (
    <Root
      lines={shown}
      columns={width}
      onReady={(hand) => {
        suspendTerminal = hand;
      }}
    />
  );
  const ink: Instance = render(element(lines, columns), {
    stdout,
    alternateScreen: false,
    incrementalRendering: true,
    maxFps: 60,
    patchConsole: false,
    exitOnCtrlC: false,
    interactive: Boolean(stdout.isTTY),
  });
  return {
    draw: (shown, width) => ink.rerender(element(shown, width)),
    release: async () => {
      const hand = await suspendTerminal?.();
      return async () => hand?.resume();
    },
    close() {
      // Nothing to show: else Ink would draw the whole frame once more on its way out.
      ink.rerender(null);
      ink.unmount();
    },
  };
}

interface RootProps {
  readonly lines: readonly string[];
  readonly columns: number;
  readonly onReady: (suspendTerminal: SuspendTerminal) => void;
}

/** Ink hands out its way to the shell only inside a component. */
function Root({ lines, columns, onReady }: RootProps) {
  onReady(useApp().suspendTerminal);
  return <Screen lines={lines} columns={columns} />;
}
