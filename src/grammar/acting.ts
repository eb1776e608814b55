import type { Flag } from './command.ts';
import { writeFlag } from './flags.ts';

/** On every command that acts (design §9). */
export const actingFlags: readonly Flag[] = [
  { name: 'reason', value: 'TEXT', summary: 'why; needed in production', environment: false },
  { name: 'ticket', value: 'ID', summary: 'the ticket that asks for it' },
  {
    name: 'incident',
    value: 'ID',
    summary: 'the incident it belongs to; the open one that pins the tenant when left out',
  },
  { name: 'dry-run', summary: 'print the plan, ask the API server, change nothing', environment: false },
  { name: 'yes', short: 'y', summary: 'confirm what is moderate', environment: false },
  { name: 'confirm', value: 'TEXT', summary: 'confirm what is severe: the name, or "37 tenants"', environment: false },
  {
    name: 'expect',
    value: 'KEY=VALUE',
    multiple: true,
    summary: 'refuse with exit 3 unless the plan says so: digest=…',
    environment: false,
  },
  { name: 'no-wait', summary: 'return once it runs', environment: false },
  { name: 'timeout', value: 'DURATION', summary: 'how long it may take: 90s, 10m (default 10m)' },
  { name: 'no-input', summary: 'never ask' },
  { name: 'keep-going', summary: 'go on with the other tenants when one fails', environment: false },
  { name: 'idempotency-key', value: 'KEY', summary: 'run at most once under this key', environment: false },
  writeFlag,
];
