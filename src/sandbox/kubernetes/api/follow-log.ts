import type { Pod } from '../shapes.ts';
import type { Response } from './answer.ts';
import type { Api } from './api.ts';
import { logText } from './log.ts';

const lookEveryMs = 1000;

/** `kubectl logs -f`: what there is, then what comes, until the container ends, the pod goes, or the client does. */
export async function followLog(api: Api, response: Response, query: URLSearchParams, pod: Pod): Promise<void> {
  const current = (): Pod | undefined => {
    const kind = api.store.kinds.of('v1', 'Pod');
    const now = kind === undefined ? undefined : api.store.get(kind, pod.metadata.namespace, pod.metadata.name);
    return now?.metadata.uid === pod.metadata.uid ? (now as unknown as Pod) : undefined;
  };
  const first = logText(pod, query, api.log, api.clock);
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  response.flushHeaders();
  response.write(first);

  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let from = api.clock.now() + 1;
  let stop = (): void => {};
  const look = (): void => {
    const now = current();
    if (now === undefined) {
      end();
      return;
    }
    const rest = new URLSearchParams(query);
    rest.delete('tailLines');
    rest.delete('sinceSeconds');
    rest.set('sinceTime', new Date(from).toISOString());
    from = api.clock.now() + 1;
    response.write(logText(now, rest, api.log, api.clock));
    if (!isRunning(now, query.get('container'))) {
      // With its last words.
      end();
      return;
    }
    stop = api.timers.after(lookEveryMs, look);
  };
  stop = api.timers.after(lookEveryMs, look);
  response.on('close', () => end());
  await ended;
  stop();
  response.end();
}

function isRunning({ status, spec }: Pod, container: string | null): boolean {
  const name = container ?? spec.containers[0]?.name;
  return status?.containerStatuses?.some((each) => each.name === name && each.state.running !== undefined) ?? false;
}
