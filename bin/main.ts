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

/** Ctrl-C ends a command at once, after a bounded time to put things in order; the second one does not wait. */
function onSignal() {
  if (owner === 'console') {
    return;
  }
  if (io.signal.aborted) {
    process.exit(exitCodes.interrupted);
  }
  interrupt('interrupted');
  setTimeout(() => process.exit(exitCodes.interrupted), cleanUpSeconds * 1000).unref();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, onSignal);
}
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    process.exit(report(error, io, { format: undefined, noColor: false, keepDetails }));
  });
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
    // In raw mode the console reads Ctrl-C as a key and has its own way out (src of views/terminal).
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
