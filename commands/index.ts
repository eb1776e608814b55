// Written by scripts/registry.ts: one entry for each file in this folder. Do not edit.
import type { CommandEntry } from '#grammar/command.ts';

export const commands: readonly CommandEntry[] = [
  {
    name: 'completion',
    summary: 'Print the completion script of a shell',
    group: 'machine',
    load: async () => (await import('./completion.ts')).command,
  },
  {
    name: 'estate check',
    summary: 'Check the estate file: every problem with its line, and what would be right',
    group: 'machine',
    load: async () => (await import('./estate-check.ts')).command,
  },
  {
    name: 'estate grants',
    summary: 'Print the SQL that lets a monitoring role read what the signals need, column by column',
    group: 'machine',
    load: async () => (await import('./estate-grants.ts')).command,
  },
  {
    name: 'estate init',
    summary: 'Write an estate file to begin with, from the contexts of your kubeconfig',
    group: 'machine',
    load: async () => (await import('./estate-init.ts')).command,
  },
  {
    name: 'estate schema',
    summary: 'Print the JSON Schema of estate.yaml',
    group: 'machine',
    load: async () => (await import('./estate-schema.ts')).command,
  },
  {
    name: 'version',
    summary: 'Print the version of till and of the Node that runs it',
    group: 'machine',
    load: async () => (await import('./version.ts')).command,
  },
];
