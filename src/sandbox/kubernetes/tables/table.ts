import type { Kind } from '../kinds/kind.ts';
import { qualified } from '../kinds/kind.ts';
import type { StoredObject } from '../types.ts';
import { admissionTables } from './admission.ts';
import { clusterTables } from './cluster.ts';
import { configTables } from './config.ts';
import { customTable } from './custom.ts';
import { eventTables } from './events.ts';
import { networkTables } from './network.ts';
import { podTables } from './pods.ts';
import type { Cell } from './values.ts';
import { since } from './values.ts';
import { workloadTables } from './workloads.ts';

/** What a kind's table shows: the server's own columns, read from kube-apiserver 1.36 (the contract tests compare). */
export interface Table {
  /** `Name:string/name`, `IP:string(1)`: name, type, format, priority. */
  readonly columns: readonly string[];
  readonly cells: (object: StoredObject, now: number) => readonly Cell[];
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

const known: Readonly<Record<string, Table>> = {
  ...admissionTables,
  ...podTables,
  ...workloadTables,
  ...clusterTables,
  ...networkTables,
  ...configTables,
  ...eventTables,
};

const plain: Table = {
  columns: ['Name:string/name', 'Age:string'],
  cells: ({ metadata }, now) => [metadata.name, since(metadata.creationTimestamp, now)],
};

export function tableOf(kind: Kind): Table {
  return kind.custom ? customTable(kind.columns) : (known[qualified(kind)] ?? plain);
}

export function columnsOf(table: Table): readonly Column[] {
  return table.columns.map((column) => {
    const parts = /^(?<name>.+):(?<type>\w+)(?:\/(?<format>\w+))?(?:\((?<priority>\d+)\))?$/.exec(column)?.groups ?? {};
    return {
      name: parts['name'] ?? column,
      type: parts['type'] ?? 'string',
      format: parts['format'] ?? '',
      description: '',
      priority: Number(parts['priority'] ?? 0),
    };
  });
}
