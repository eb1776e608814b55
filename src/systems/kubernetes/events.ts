import { type ApiFailure, refused } from './failure.ts';
import { type Foreign, number, object, text } from './foreign.ts';
import { withoutManagedFields } from './managed-fields.ts';
import type { Part } from './part.ts';
import type { RowMeta } from './rows.ts';

/** A line that is no watch event: what was lost with it is unknown, so the picture must be read anew. */
export class Garbled extends Error {}

/** Turns the lines of one watch into rows. */
export class Events<Row extends RowMeta> {
  readonly #part: Part<Row>;
  readonly #row: (foreign: Foreign) => Row;
  readonly #what: string;
  /** Where a next watch carries on; null until the picture is whole. */
  resourceVersion: string | null;
  #reached: string | null = null;

  constructor(part: Part<Row>, row: (foreign: Foreign) => Row, what: string, resourceVersion: string | null) {
    this.#part = part;
    this.#row = row;
    this.#what = what;
    this.resourceVersion = resourceVersion;
  }

  /** Whether the first picture is whole. */
  get isComplete(): boolean {
    return this.resourceVersion !== null;
  }

  /** Returns the failure that the server ends the watch with, if this line is one. */
  take(line: Buffer): ApiFailure | null {
    const event = eventOf(line);
    const foreign = object(event['object']);
    switch (event['type']) {
      case 'ADDED':
      case 'MODIFIED': {
        const row = this.#row(foreign);
        this.#part.put(row);
        this.#advance(row.resourceVersion);
        return null;
      }
      case 'DELETED': {
        const row = this.#row(foreign);
        this.#part.drop(row.uid);
        this.#advance(row.resourceVersion);
        return null;
      }
      case 'BOOKMARK': {
        const metadata = object(foreign['metadata']);
        this.#advance(text(metadata['resourceVersion']));
        if (!this.isComplete && object(metadata['annotations'])['k8s.io/initial-events-end'] === 'true') {
          this.resourceVersion = this.#reached;
          this.#part.complete();
        }
        return null;
      }
      case 'ERROR':
        return refused(number(foreign['code'], 500), foreign, this.#what);
      default:
        throw new Garbled(`an event of type ${text(event['type'], 40)}`);
    }
  }

  #advance(resourceVersion: string): void {
    if (resourceVersion === '') {
      return;
    }
    this.#reached = resourceVersion;
    if (this.isComplete) {
      this.resourceVersion = resourceVersion;
    }
  }
}

function eventOf(line: Buffer): Foreign {
  try {
    return object(JSON.parse(withoutManagedFields(line)));
  } catch {
    throw new Garbled('a line that is not JSON');
  }
}
