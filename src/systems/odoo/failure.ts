import { clean } from '#text/clean.ts';
import { seconds } from '../deadline.ts';
import { codeOf, networkFailure } from '../network.ts';
import { ReadFailure } from '../source.ts';

/** How far a request got before it failed. */
export type Stage = 'connecting' | 'securing' | 'asking';

/** `front`: it does not even accept connections, so nobody's Host would fare better. `tenant`: only this one is known to fail. */
type Scope = 'front' | 'tenant';

export class FrontFailure extends ReadFailure {
  readonly scope: Scope;

  constructor(scope: Scope, reason: ReadFailure['reason'], message: string, code: string | null, cause?: unknown) {
    super(reason, message, code, cause);
    this.scope = scope;
  }

  /** A front that takes connections and answers nobody fails for each tenant by itself. */
  override get isShared(): boolean {
    return this.scope === 'front' || this.reason === 'unreachable';
  }
}

export function isOfFront(failure: unknown): failure is FrontFailure {
  return failure instanceof FrontFailure && failure.scope === 'front';
}

export interface Place {
  /** The front's name in the estate. */
  readonly name: string;
  /** `host:port`, as it was reached. */
  readonly at: string;
  /** The tenant's Host. */
  readonly host: string;
}

/** Why there is no answer. TLS is the tenant's own affair: it has a certificate for each Host. */
export function failureToAsk(error: unknown, { name, at, host }: Place, stage: Stage): ReadFailure {
  if (error instanceof FrontFailure) {
    return error;
  }
  if (error instanceof ReadFailure) {
    // No CA file, no port-forward: we did not even get to the front.
    return new FrontFailure('front', error.reason, `${name}: ${error.message}`, error.code, error);
  }
  if (error instanceof Error && error.cause instanceof FrontFailure) {
    return error.cause;
  }
  const code = codeOf(error);
  const message = clean(error instanceof Error ? error.message : String(error));
  const fail = (scope: Scope, words: string) =>
    new FrontFailure(scope, 'unreachable', `${name}: ${words}`, code, error);
  if (stage === 'connecting') {
    return fail('front', networkFailure(error, at)?.message ?? message);
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ABORT_ERR') {
    return fail('tenant', `the connection was closed before ${host} answered`);
  }
  return fail('tenant', networkFailure(error, host)?.message ?? `${host} did not answer with HTTP (${message})`);
}

export function silence({ name, at, host }: Place, stage: Stage, milliseconds: number): ReadFailure {
  const fail = (scope: Scope, words: string) =>
    new FrontFailure(scope, 'unreachable', `${name}: ${words} within ${seconds(milliseconds)}`, 'ETIMEDOUT');
  switch (stage) {
    case 'connecting':
      return fail('front', `${at} did not answer`);
    case 'securing':
      return fail('tenant', `accepted the connection but no TLS session for ${host} came about`);
    default:
      return fail('tenant', `accepted the connection but ${host} did not answer`);
  }
}
