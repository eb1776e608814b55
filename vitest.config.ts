import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { PlainSummary } from './scripts/plain-summary.ts';

/** What needs a real control plane, or kubectl, is left out where there is none: a skipped test would look like one that ran. */
const onPath = (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(`${folder}/kubectl`));
const exclude = [
  ...(process.env['KUBEBUILDER_ASSETS'] === undefined ? ['test/**/real.test.ts', 'test/**/real-*.test.ts'] : []),
  ...(onPath ? [] : ['test/**/kubectl.test.ts']),
];

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude,
    // Two cores are what CI has; servers started by tests share them.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
    reporters: ['default', new PlainSummary()],
    env: { NODE_ENV: 'test', TZ: 'UTC', NO_COLOR: '1' },
  },
});
