import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { message, object, objects, text } from '#systems/kubernetes/foreign.ts';
import type { Operation } from '#systems/operation.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import type { ActWorld } from '../../action.ts';
import type { DrillCheck } from '../result.ts';
import { httpPort, networkPolicy, type Serving, servingName, servingPod, type Way } from './objects.ts';
import { faultOfPage, faultsInLog } from './page.ts';

export interface ServeRequest extends Serving {
  readonly cluster: string;
  /** The Host that the tenant's users type. */
  readonly host: string;
  readonly way: Way;
}

/** An image has to be pulled, and a registry of many modules loaded (facts: odoo.md §1.1). */
const patienceMs = 10 * 60_000;
const everyMs = 500;
const askMs = 120_000;
const logLines = 5_000;

/**
 * Serves the restored database from a pod of its own and asks for the login page as a user would. Whatever goes wrong is a failed check;
 * what was made stays until `unserve`. Throws only when the operation is stopped.
 */
export async function serve(
  request: ServeRequest,
  operation: Operation,
  world: ActWorld,
): Promise<readonly DrillCheck[]> {
  const until = Math.min(world.deadline, world.clock.monotonic() + patienceMs);
  try {
    const cluster = await world.cluster(request.cluster);
    await make(request, operation, world);
    await untilReady(cluster, request, until, world);
    const milliseconds = await loginPage(cluster, request, until, world);
    return [
      {
        ...{ check: 'serve', status: 'ok' },
        message: `/web/login of ${request.host} answered 200 from ${request.database} in ${Math.ceil(milliseconds)} ms`,
      },
      await logCheck(cluster, request),
    ];
  } catch (error) {
    if (world.signal.aborted || !(error instanceof Error)) {
      throw error;
    }
    return [{ check: 'serve', status: 'failed', message: clean(error.message).slice(0, 1_000) }];
  }
}

async function make(request: ServeRequest, operation: Operation, world: ActWorld): Promise<void> {
  const writer = await world.clusterWriter(request.cluster);
  const namespace = encodeURIComponent(request.namespace);
  world.progress({ words: `closing the network of ${request.namespace}/${servingName(request.operation)}` });
  await createOnce(
    writer.create(
      operation,
      `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
      networkPolicy(request, request.way),
    ),
  );
  world.progress({ words: `serving ${request.database} with ${request.image}` });
  await createOnce(writer.create(operation, `/api/v1/namespaces/${namespace}/pods`, servingPod(request)));
}

/** The name is this operation's own: one that is there already, this operation has made. */
async function createOnce(creating: Promise<unknown>): Promise<void> {
  try {
    await creating;
  } catch (error) {
    if (!(error instanceof WriteFailure && error.code === '409')) {
      throw error;
    }
  }
}

async function untilReady(cluster: ClusterReader, request: ServeRequest, until: number, world: ActWorld) {
  const { namespace, operation } = request;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${servingName(operation)}`;
  for (let last = 'it was not seen'; ; ) {
    const state = await cluster.get(path).then(stateOf, (error: unknown) => {
      if (error instanceof ReadFailure && error.code !== '404') {
        return { is: 'coming' as const, words: error.message };
      }
      throw error;
    });
    if (state.is === 'ready') {
      return;
    }
    if (state.is === 'lost') {
      throw new Error(`the pod does not serve: ${state.words}`);
    }
    if (state.words !== last) {
      last = state.words;
      world.progress({ words: `the pod: ${last}` });
    }
    await within(until, `the pod was not ready in time: ${last}`, world);
  }
}

const hopeless = new Set([
  'InvalidImageName',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'CrashLoopBackOff',
]);

interface PodState {
  readonly is: 'ready' | 'coming' | 'lost';
  readonly words: string;
}

function stateOf(pod: unknown): PodState {
  const status = object(object(pod)['status']);
  const phase = text(status['phase']) || 'Pending';
  const [container] = objects(status['containerStatuses']).map(({ state }) => object(state));
  const waiting = object(container?.['waiting']);
  const ended = object(container?.['terminated']);
  const conditions = objects(status['conditions']);
  const reason = text(waiting['reason']);
  const unscheduled = conditions.find((one) => one['type'] === 'PodScheduled' && one['status'] === 'False');
  const words = clean(
    [phase, reason || text(ended['reason']), message(waiting['message']) ?? message(ended['message'])]
      .concat(message(unscheduled?.['message']) ?? [])
      .filter((one) => one !== null && one !== '')
      .join(', '),
  );
  if (phase === 'Failed' || phase === 'Succeeded' || hopeless.has(reason)) {
    return { is: 'lost', words };
  }
  const isReady = conditions.some(({ type, status: holds }) => type === 'Ready' && holds === 'True');
  return { is: isReady ? 'ready' : 'coming', words };
}

/** Milliseconds that the answer took. A server that is up but still loads its registry is asked again. */
async function loginPage(cluster: ClusterReader, request: ServeRequest, until: number, world: ActWorld) {
  const { openFront } = await import('#systems/odoo/open.ts');
  const { namespace, operation, host } = request;
  const front = openFront({
    ...{ name: `drill ${servingName(operation)}`, front: { tls: false }, clock: world.clock },
    address: () => cluster.forwardToPod(namespace, servingName(operation), httpPort),
  });
  try {
    for (;;) {
      world.progress({ words: `asking for /web/login of ${host}` });
      const left = until - world.clock.monotonic();
      const fault = await front.get(host, '/web/login', { deadlineMs: Math.max(1_000, Math.min(askMs, left)) }).then(
        (answer) => {
          const words = faultOfPage(answer);
          // What Odoo itself says is its word; only one that does not answer yet is waited for.
          if (words !== null && answer.status !== 502 && answer.status !== 503) {
            throw new WrongPage(words);
          }
          return words ?? answer.milliseconds;
        },
        (error: unknown) => {
          if (error instanceof ReadFailure) {
            return error.message;
          }
          throw error;
        },
      );
      if (typeof fault === 'number') {
        return fault;
      }
      await within(until, `/web/login did not answer in time: ${fault}`, world);
    }
  } finally {
    await front.close();
  }
}

class WrongPage extends Error {}

/** Not every identity may read logs; that it could not be done is said, and fails nothing. */
async function logCheck(cluster: ClusterReader, { namespace, operation }: ServeRequest): Promise<DrillCheck> {
  try {
    const faults = faultsInLog(await cluster.log(namespace, servingName(operation), { lines: logLines }));
    return faults.length === 0
      ? { check: 'log', status: 'ok', message: 'the log has no error, and every module was loaded' }
      : { check: 'log', status: 'failed', message: faults.join(' | ') };
  } catch (error) {
    if (error instanceof ReadFailure) {
      return { check: 'log', status: 'not-done', message: `the log could not be read: ${clean(error.message)}` };
    }
    throw error;
  }
}

async function within(until: number, words: string, { clock, signal }: ActWorld): Promise<void> {
  if (clock.monotonic() + everyMs >= until) {
    throw new Error(words);
  }
  await pause(everyMs, undefined, { signal });
}
