import type { StoredObject } from '../types.ts';
import type { Table } from './table.ts';
import { since } from './values.ts';

interface Event extends StoredObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly source?: { readonly component?: string; readonly host?: string };
  readonly reportingComponent?: string;
  readonly involvedObject: { readonly kind?: string; readonly name?: string; readonly fieldPath?: string };
}

export const eventTables: Readonly<Record<string, Table>> = {
  events: {
    columns: [
      'Last Seen:string',
      'Type:string',
      'Reason:string',
      'Object:string',
      'Subobject:string(1)',
      'Source:string(1)',
      'Message:string',
      'First Seen:string(1)',
      'Count:string(1)',
      'Name:string/name(1)',
    ],
    cells: (object, now) => {
      const event = object as Event;
      const { kind = '', name, fieldPath = '' } = event.involvedObject;
      const first = event.firstTimestamp ?? event.eventTime;
      return [
        since(event.lastTimestamp ?? first, now),
        event.type ?? '',
        event.reason ?? '',
        name === undefined ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`,
        fieldPath,
        sourceText(event),
        (event.message ?? '').trim(),
        since(first, now),
        event.count ?? 1,
        event.metadata.name,
      ];
    },
  },
};

function sourceText({ source = {}, reportingComponent = '' }: Event): string {
  const component = source.component ?? reportingComponent;
  return source.host === undefined || source.host === '' ? component : `${component}, ${source.host}`;
}
