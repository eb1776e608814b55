import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: ['bin/main.ts', 'scripts/*.{ts,mjs}', 'test/**/*.test.{ts,tsx}', 'test/bench/*.ts'],
  project: ['bin/**', 'commands/**', 'views/**', 'themes/**', 'src/**', 'test/**', 'scripts/**'],
  ignoreExportsUsedInFile: true,
};

export default config;
