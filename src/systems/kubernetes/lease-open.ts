import type { Clock } from '#text/clock.ts';
import { Connection } from './connection.ts';
import { ApiFailure } from './failure.ts';
import { number, object, text } from './foreign.ts';
import type { LeaseBook, LeaseRecord } from './lease.ts';
import { writeFailure } from './open-writer.ts';
import { usualPace } from './pace.ts';

export interface LeaseBookOptions {
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly clock: Clock;
  readonly env?: NodeJS.ProcessEnv;
  readonly namespace: string;
  readonly name: string;
}

/** Below the time in which a leader has to renew, so that a server that hangs costs it one try and not the lead. */
const deadlineMs = 4_000;

export function openLeaseBook({ context, kubeconfig, clock, env, namespace, name }: LeaseBookOptions): LeaseBook {
  const closing = new AbortController();
  const connection = new Connection(
    { path: kubeconfig, context, env: env ?? process.env },
    clock,
    usualPace,
    closing.signal,
  );
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
  const path = `${collection}/${encodeURIComponent(name)}`;
  return {
    async read() {
      try {
        return recordIn(await connection.json({ what: `read Lease ${name}`, path, deadlineMs }));
      } catch (error) {
        if (error instanceof ApiFailure && error.status === 404) {
          return null;
        }
        throw error;
      }
    },
    async write({ holder, seconds, renewedAt, acquiredAt, transitions }, after) {
      const spec = {
        holderIdentity: holder,
        leaseDurationSeconds: seconds,
        renewTime: renewedAt,
        acquireTime: acquiredAt,
        leaseTransitions: transitions,
      };
      const metadata = after === null ? { name } : { resourceVersion: after.resourceVersion };
      try {
        const answer = await connection.json({
          what: `write Lease ${name}`,
          method: after === null ? 'POST' : 'PATCH',
          path: `${after === null ? collection : path}?fieldManager=till-agent`,
          body: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec },
          contentType: after === null ? 'application/json' : 'application/merge-patch+json',
          deadlineMs,
        });
        return recordIn(answer);
      } catch (error) {
        if (error instanceof ApiFailure && (error.status === 409 || (after !== null && error.status === 404))) {
          return 'taken';
        }
        throw writeFailure(error);
      }
    },
    async close() {
      closing.abort();
      await connection.close();
    },
  };
}

function recordIn(answer: unknown): LeaseRecord {
  const spec = object(object(answer)['spec']);
  return {
    holder: text(spec['holderIdentity']),
    seconds: number(spec['leaseDurationSeconds'], 15),
    renewedAt: text(spec['renewTime']),
    acquiredAt: text(spec['acquireTime']),
    transitions: number(spec['leaseTransitions'], 0),
    resourceVersion: text(object(object(answer)['metadata'])['resourceVersion']),
  };
}
