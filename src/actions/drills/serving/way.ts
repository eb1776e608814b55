import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { PostgresServer } from '#estate/schema.ts';
import { number, object, objects, texts } from '#systems/kubernetes/foreign.ts';
import { ReadFailure } from '#systems/source.ts';
import type { PlanWorld } from '../../action.ts';
import type { Way } from './objects.ts';

/** Which addresses, or which pods, the served database is at. Throws ReadFailure, or what the resolver says. */
export async function wayTo(
  { host, port, via }: Pick<PostgresServer, 'host' | 'port' | 'via'>,
  { cluster }: Pick<PlanWorld, 'cluster'>,
): Promise<Way> {
  if (via !== undefined) {
    const { namespace, service } = via;
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(service)}`;
    const spec = object(object(await (await cluster(via.cluster)).get(path))['spec']);
    const target = objects(spec['ports']).find((one) => one['port'] === via.port)?.['targetPort'];
    const labels = texts(spec['selector']);
    if (Object.keys(labels).length === 0) {
      // An empty selector would let the pod reach everything in that namespace.
      throw new ReadFailure('unsupported', `service ${namespace}/${service} selects no pods`, 'no-selector');
    }
    // A policy is about pods, and so about their port and not the Service's.
    return {
      ...{ namespace, labels },
      port: typeof target === 'string' ? target : number(target) || via.port,
    };
  }
  const isName = isIP(host) === 0;
  const addresses = isName ? (await lookup(host, { all: true })).map(({ address }) => address) : [host];
  return { addresses: addresses.toSorted(), port, isName };
}
