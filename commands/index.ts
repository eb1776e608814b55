// Written by scripts/registry.ts: one entry for each file in this folder. Do not edit.
import type { Command } from '#grammar/command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'version',
    summary: 'Print the version of till and of the Node that runs it',
    load: async () => (await import('./version.ts')).command,
  },
];
