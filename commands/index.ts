// Written by scripts/registry.ts: one entry for each file in this folder. Do not edit.
import type { CommandEntry } from '#grammar/command.ts';

export const commands: readonly CommandEntry[] = [
  {
    name: 'version',
    summary: 'Print the version of till and of the Node that runs it',
    group: 'machine',
    load: async () => (await import('./version.ts')).command,
  },
];
