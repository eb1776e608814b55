import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import { type Entry, headOf } from '../store/entry.ts';
import { columnsOf, type Table, tableOf } from '../tables/table.ts';
import type { Representation } from './representation.ts';

/** What a list says about itself. */
export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

const partialHead = '{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":';
const initialEventsEnd = { 'k8s.io/initial-events-end': 'true' };

/** Turns entries into the bytes of one representation. Pieces, not strings: the large ones are the entries' own buffers. */
export class Renderer {
  readonly #kind: Kind;
  readonly #representation: Representation;
  readonly #now: () => number;
  readonly #head: Buffer;
  readonly #table: Table;
  /** Column definitions go out once a watch (facts: kubernetes-verified.md §6). */
  #toldColumns = false;

  constructor(kind: Kind, representation: Representation, now: () => number) {
    this.#kind = kind;
    this.#representation = representation;
    this.#now = now;
    this.#head = Buffer.from(headOf(kind));
    this.#table = tableOf(kind);
  }

  /** A whole answer to GET of one object. */
  one(entry: Entry): readonly Buffer[] {
    return this.#whole(entry);
  }

  list(entries: readonly Entry[], meta: ListMeta): readonly Buffer[] {
    switch (this.#representation.as) {
      case 'table':
        return this.#tableOf(entries, meta, true);
      case 'metadata':
        return listOf('PartialObjectMetadataList', 'meta.k8s.io/v1', meta, entries, (entry) => partial(entry));
      default: {
        const open = this.#kind.custom ? this.#head : Buffer.from('{');
        return listOf(`${this.#kind.kind}List`, apiVersionOf(this.#kind), meta, entries, ({ body }) => [open, body]);
      }
    }
  }

  event(type: string, entry: Entry): readonly Buffer[] {
    return [Buffer.from(`{"type":"${type}","object":`), ...this.#whole(entry), Buffer.from('}\n')];
  }

  /** A bookmark; at the end of a WatchList's first events it says so. */
  bookmark(version: number, isInitialEnd: boolean): readonly Buffer[] {
    const metadata = {
      resourceVersion: `${version}`,
      ...(isInitialEnd ? { annotations: initialEventsEnd } : {}),
    };
    return [Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object: this.#marker(metadata) })}\n`)];
  }

  #marker(metadata: { readonly resourceVersion: string }): object {
    const partialObject = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
    switch (this.#representation.as) {
      case 'metadata':
        return partialObject;
      case 'table':
        return {
          kind: 'Table',
          apiVersion: `meta.k8s.io/${this.#representation.version}`,
          metadata: { resourceVersion: metadata.resourceVersion },
          columnDefinitions: null,
          rows: [{ cells: this.#table.columns.map(dummyCell), object: partialObject }],
        };
      default:
        return { kind: this.#kind.kind, apiVersion: apiVersionOf(this.#kind), metadata };
    }
  }

  #whole(entry: Entry): readonly Buffer[] {
    switch (this.#representation.as) {
      case 'table': {
        const pieces = this.#tableOf([entry], { resourceVersion: `${entry.version}` }, !this.#toldColumns);
        this.#toldColumns = true;
        return pieces;
      }
      case 'metadata':
        return partial(entry);
      default:
        return [this.#head, entry.body];
    }
  }

  #tableOf(entries: readonly Entry[], meta: ListMeta, withColumns: boolean): readonly Buffer[] {
    const version = this.#representation.as === 'table' ? this.#representation.version : 'v1';
    const columns = withColumns ? JSON.stringify(columnsOf(this.#table)) : 'null';
    const now = this.#now();
    const rows = entries.flatMap((entry, index) => {
      const cells = JSON.stringify(this.#table.cells(entry.object, now));
      return [Buffer.from(`${index === 0 ? '' : ','}{"cells":${cells},"object":`), ...this.#rowObject(entry), close];
    });
    return [
      Buffer.from(
        `{"kind":"Table","apiVersion":"meta.k8s.io/${version}","metadata":${JSON.stringify(meta)},"columnDefinitions":${columns},"rows":[`,
      ),
      ...rows,
      closeList,
    ];
  }

  #rowObject(entry: Entry): readonly Buffer[] {
    const include = this.#representation.as === 'table' ? this.#representation.include : 'Metadata';
    switch (include) {
      case 'None':
        return [nothing];
      case 'Object':
        return [this.#head, entry.body];
      default:
        return partial(entry);
    }
  }
}

const close = Buffer.from('}');
const closeList = Buffer.from(']}');
const comma = Buffer.from(',');
const nothing = Buffer.from('null');
const partialStart = Buffer.from(partialHead);

function partial(entry: Entry): readonly Buffer[] {
  return [partialStart, entry.meta, close];
}

function listOf(
  kind: string,
  apiVersion: string,
  meta: ListMeta,
  entries: readonly Entry[],
  piecesOf: (entry: Entry) => readonly Buffer[],
): readonly Buffer[] {
  const head = `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(meta)},"items":[`;
  const pieces: Buffer[] = [Buffer.from(head)];
  for (const [index, entry] of entries.entries()) {
    if (index > 0) {
      pieces.push(comma);
    }
    pieces.push(...piecesOf(entry));
  }
  pieces.push(closeList);
  return pieces;
}

/** The row of a Table's initial-events-end marker has empty cells; clients skip it (facts: kubernetes-verified.md §6). */
function dummyCell(column: string): string {
  if (column.startsWith('Ready:')) {
    return '0/0';
  }
  return column.startsWith('Age:') ? '<unknown>' : '';
}
