import type { SourceState } from '../source.ts';

/** `INFO everything`-like sections as one flat map of text, keys as Redis spells them. */
export type RedisInfo = ReadonlyMap<string, string>;

export interface RedisReader {
  readonly name: string;
  readonly state: SourceState;
  /** INFO with errorstats; one in flight. Throws ReadFailure. */
  info(options: { readonly deadlineMs: number }): Promise<RedisInfo>;
  close(): Promise<void>;
}
