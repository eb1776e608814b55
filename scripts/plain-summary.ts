import type { Reporter, TestModule } from 'vitest/node';

/** Says at the very end, alone on a line, what a person or a script looks for first: `2121 passed, 0 failed`. */
export class PlainSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (state: string) => states.filter((one) => one === state).length;
    // A file that did not even load has no tests to count, and still is a failure.
    const unloaded = modules.filter((module) => module.errors().length > 0).length;
    const skipped = count('skipped');
    const line = `${count('passed')} passed, ${count('failed') + unloaded} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
    // After what the reporter before us has still to say.
    process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}
