import { StringDecoder } from 'node:string_decoder';
import { decodeKeys, type Key } from './keys.ts';

export interface Keyboard {
  /** Gives the keyboard back to the terminal: line mode, nobody listening. */
  close(): void;
}

export interface KeyboardOptions {
  readonly stdin: NodeJS.ReadStream;
  /** All keys of one chunk at once, so that ten quick presses cost one frame. */
  readonly onKeys: (keys: readonly Key[]) => void;
  /** The terminal has gone: end of input or an error on it. */
  readonly onEnd: () => void;
  /** How long a lone Esc waits to become a sequence: on a laggy link its end comes with the next packet. */
  readonly escapeTimeoutMs?: number;
}

/** Reads keys as they are pressed. Ink's own input hooks stay unmounted (facts: terminal.md §1.3). */
export function openKeyboard({ stdin, onKeys, onEnd, escapeTimeoutMs = 50 }: KeyboardOptions): Keyboard {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  let timer: NodeJS.Timeout | undefined;

  const take = (flush: boolean) => {
    const { keys, rest } = decodeKeys(pending, flush);
    pending = rest;
    if (keys.length > 0) {
      onKeys(keys);
    }
  };
  const onData = (chunk: Buffer | string) => {
    clearTimeout(timer);
    pending += typeof chunk === 'string' ? chunk : decoder.write(chunk);
    take(false);
    if (pending !== '') {
      timer = setTimeout(() => take(true), escapeTimeoutMs);
    }
  };

  stdin.setRawMode?.(true);
  stdin.on('data', onData);
  stdin.on('end', onEnd);
  stdin.on('error', onEnd);
  stdin.resume();
  return {
    close() {
      clearTimeout(timer);
      stdin.off('data', onData);
      stdin.off('end', onEnd);
      // The error listener stays: a terminal that went away reports it more than once.
      stdin.pause();
      try {
        stdin.setRawMode?.(false);
      } catch {
        // The terminal has gone; there is no mode left to set.
      }
    },
  };
}
