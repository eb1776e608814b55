import { randomBytes } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import type { Front } from '#estate/schema.ts';
import type { Clock } from '#text/clock.ts';
import { version } from '#text/version.ts';
import { openBreaker } from '../breaker.ts';
import { openHearing } from '../hearing.ts';
import { tlsOptions } from '../tls.ts';
import { ask } from './ask.ts';
import { FrontFailure, isOfFront } from './failure.ts';
import type { FrontReader, HttpAnswer } from './front.ts';
import { openSilences } from './silences.ts';

export interface FrontOptions {
  readonly name: string;
  readonly front: Front;
  /** Where it is reached: directly, or the near end of a port-forward. */
  readonly address: () => Promise<{ readonly host: string; readonly port: number }>;
  readonly clock: Clock;
}

/**
 * Asks as a browser of the tenant would, over a connection of its own each time: Host, SNI and the certificate are the tenant's.
 * Only a front that does not accept connections, or answers for nobody, is down for everybody; a tenant that hangs behind it is not.
 */
export function openFront({ name, front, address, clock }: FrontOptions): FrontReader {
  const hearing = openHearing(`odoo/${name}`, clock);
  const breaker = openBreaker({ clock });
  const silences = openSilences(name, clock);
  const underWay = new Set<AbortController>();
  let stopped = false;

  async function request(
    host: string,
    path: string,
    deadlineMs: number,
    headers: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer> {
    if (stopped) {
      throw new FrontFailure('front', 'not-probed', `${name}: till has stopped reading`, null);
    }
    const stop = new AbortController();
    underWay.add(stop);
    try {
      const question = {
        name,
        host,
        path,
        deadlineMs,
        clock,
        address,
        tls: () => tlsFor(front, host),
        headers: { 'user-agent': `till/${version}`, accept: '*/*', ...headers },
        signal: stop.signal,
      };
      const answer = await breaker.try(false, () => silences.listen(host, () => ask(question)), isOfFront);
      hearing.heard();
      return answer;
    } catch (failure) {
      // One tenant that hangs says nothing against a front that answers for others.
      if (isOfFront(failure) || (failure instanceof FrontFailure && hearing.state.phase !== 'live')) {
        hearing.failed(failure);
      }
      if (isOfFront(failure) && failure.code === 'ETIMEDOUT') {
        // Whoever still waits for it waits in vain.
        underWay.delete(stop);
        for (const other of underWay) {
          other.abort(failure);
        }
      }
      throw failure;
    } finally {
      underWay.delete(stop);
    }
  }

  return {
    name,
    get state() {
      return hearing.state;
    },
    get: (host, path, { deadlineMs }) => request(host, path, deadlineMs, { connection: 'close' }),
    upgrade: (host, path, { deadlineMs }) =>
      request(host, path, deadlineMs, {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
        // Odoo refuses a handshake without one (facts: odoo.md §1.1).
        origin: `${front.tls ? 'https' : 'http'}://${host}`,
      }),
    async close() {
      stopped = true;
      hearing.stopped();
      for (const stop of underWay) {
        stop.abort();
      }
    },
  };
}

async function tlsFor(front: Front, host: string): Promise<ConnectionOptions | null> {
  const mode = front.tls ? 'verify-full' : 'disable';
  const servername = host.replace(/:\d+$/, '');
  const options = await tlsOptions({ mode, ca: front.ca, names: [servername] });
  return options === null ? null : { ...options, servername };
}
