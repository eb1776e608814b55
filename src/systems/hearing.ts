import type { Clock } from '#text/clock.ts';
import type { ReadFailure, SourceState } from './source.ts';

/** Keeps the state of one source: the same object until something has changed. */
export interface Hearing {
  readonly state: SourceState;
  /** It told us something; `message` where not all is well with it all the same. */
  heard(message?: string | null): void;
  failed(failure: ReadFailure): void;
  stopped(): void;
}

export function openHearing(source: string, clock: Clock): Hearing {
  const name = source.slice(source.indexOf('/') + 1);
  let state: SourceState = { source, phase: 'connecting', lastHeardAt: null, message: null };

  function become(phase: SourceState['phase'], message: string | null, lastHeardAt = state.lastHeardAt): void {
    if (state.phase !== 'stopped') {
      state = { source, phase, lastHeardAt, message };
    }
  }

  /** A failure names its server; beside the source's name that is said once too often. */
  function bare(message: string): string {
    return message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message;
  }

  return {
    get state() {
      return state;
    },
    heard: (message = null) => become('live', message === null ? null : bare(message), clock.now()),
    failed: (failure) => become(phaseOf(failure), bare(failure.message)),
    stopped: () => become('stopped', null),
  };
}

/** Codes that say "I do not know you", which new credentials would cure, as opposed to "you may not". */
const unknownToIt = new Set(['28P01', 'WRONGPASS', 'NOAUTH']);

function phaseOf({ reason, code }: ReadFailure): SourceState['phase'] {
  if (reason !== 'forbidden') {
    return 'unreachable';
  }
  return code !== null && unknownToIt.has(code) ? 'unauthenticated' : 'forbidden';
}
