import type { SourceState } from '../source.ts';

export interface HttpAnswer {
  readonly status: number;
  /** Milliseconds from sending to the head of the answer. */
  readonly milliseconds: number;
  readonly location: string | null;
  /** At most 4 KiB of the body, as text. */
  readonly body: string;
}

/** One HTTP entry, asked with each tenant's Host and SNI (design §3). */
export interface FrontReader {
  readonly name: string;
  readonly state: SourceState;
  /** GET without following redirects. Throws ReadFailure when there is no answer at all. */
  get(host: string, path: string, options: { readonly deadlineMs: number }): Promise<HttpAnswer>;
  /** The opening handshake of a WebSocket; resolves with the status (101 when it opened; it is closed at once). */
  upgrade(host: string, path: string, options: { readonly deadlineMs: number }): Promise<HttpAnswer>;
  close(): Promise<void>;
}
