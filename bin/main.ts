import { readerWord } from '#actions/desk/reader-word.ts';
import { workerWord } from '#actions/worker-word.ts';
import { commands } from '#commands/index.ts';
import { report } from '#grammar/report.ts';
import { runTill } from '#grammar/run.ts';
import { exitCodes } from '#text/till-error.ts';
import { keepDetails } from './keep-details.ts';
import { processIo } from './process-io.ts';

const argv = process.argv.slice(2);
const { io, interrupt, drained } = processIo();
let cleanUpSeconds = 1;
let owner: 'command' | 'console' = 'command';

let signals = 0;

/** Ctrl-C ends a command at once, after a bounded time to put things in order; the second one does not wait. */
function onSignal() {
  signals += 1;
  if (signals > 1) {
    process.exit(exitCodes.interrupted);
  }
  if (owner === 'command') {
    interrupt('interrupted');
    setTimeout(() => process.exit(exitCodes.interrupted), cleanUpSeconds * 1000).unref();
  }
}

// A worker answers signals itself: whoever hangs up a terminal or presses Ctrl-C there does not mean it.
for (const signal of argv[0] === workerWord || argv[0] === readerWord
  ? []
  : (['SIGINT', 'SIGTERM', 'SIGHUP'] as const)) {
  process.on(signal, onSignal);
}
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    // The console listens too while it is open: it gives the terminal back first, and then the error comes here as its result.
    if (process.listenerCount(event) === 1) {
      process.exit(report(error, io, { format: undefined, noColor: false, keepDetails }));
    }
  });
}

if (argv[0] === workerWord) {
  // The worker of an operation is no command: it has no terminal, and its word is in the ledger.
  process.exit(await (await import('./operate.ts')).runWorker(argv.slice(1)));
}

if (argv[0] === readerWord) {
  process.exit(await (await import('./read-backups.ts')).runReader(argv.slice(1)));
}

const code = await runTill(argv, io, {
  commands,
  keepDetails,
  readEstate: async (invocation) => (await import('./read-estate.ts')).readEstate(invocation),
  complete: async (words) => (await import('./complete.ts')).complete(words, io),
  starting: (command) => {
    cleanUpSeconds = command.cleanUpSeconds ?? cleanUpSeconds;
  },
  openConsole: async (invocation) => {
    // In raw mode the console reads Ctrl-C as a key, and it has its own way out for signals (views/terminal/way-out.ts).
    owner = 'console';
    return (await import('./open-console.ts')).openConsole(invocation);
  },
});
const unwritten = await drained();
if (io.signal.reason === 'interrupted') {
  process.exit(exitCodes.interrupted);
}
if (unwritten !== null) {
  io.err(`✖ the output could not be written: ${unwritten.message}\n`);
  process.exit(exitCodes.failed);
}
process.exit(code);
