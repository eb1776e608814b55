import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    // Two cores are what CI has; servers started by tests share them.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
    env: { NODE_ENV: 'test', TZ: 'UTC', NO_COLOR: '1' },
  },
});
