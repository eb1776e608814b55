// Written by scripts/registry.ts: one entry for each file in this folder. Do not edit.
import type { CommandEntry } from '#grammar/command.ts';

export const commands: readonly CommandEntry[] = [
  {
    name: 'doctor',
    summary: 'Say what is reached, which permission or version is missing, and what till therefore cannot show',
    group: 'read',
    load: async () => (await import('./doctor.ts')).command,
  },
  {
    name: 'show',
    summary: 'Show one tenant: every signal with value, threshold, age and source, worst first',
    group: 'read',
    load: async () => (await import('./show.ts')).command,
  },
  {
    name: 'status',
    summary: 'Show the health of every tenant in three layers, worst first',
    group: 'read',
    load: async () => (await import('./status.ts')).command,
  },
  {
    name: 'version',
    summary: 'Print the version of till and of the Node that runs it',
    group: 'machine',
    load: async () => (await import('./version.ts')).command,
  },
];
