import type { Clock } from '#text/clock.ts';
import type { Pod } from '../shapes.ts';
import { integer } from './list.ts';
import { badRequest } from './status.ts';
import { isOn } from './target.ts';

export interface LogLine {
  readonly at: number;
  readonly text: string;
}

/** Where the lines of a pod's container come from. */
export type LogSource = (pod: Pod, container: string, previous: boolean) => readonly LogLine[];

/** The text of `GET pods/NAME/log`; a real server refuses the same containers in the same words. */
export function logText(pod: Pod, query: URLSearchParams, source: LogSource, clock: Clock): string {
  const container = containerOf(pod, query.get('container'));
  const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
  const isPrevious = isOn(query.get('previous'));
  const name = `container "${container}" in pod "${pod.metadata.name}"`;
  if (isPrevious && status?.lastState?.terminated === undefined) {
    throw badRequest(`previous terminated ${name} not found`);
  }
  if (status === undefined || (status.state.waiting !== undefined && status.lastState?.terminated === undefined)) {
    const reason = status?.state.waiting?.reason ?? 'ContainerCreating';
    const why = reason === 'ContainerCreating' ? 'ContainerCreating' : `trying and failing to pull image`;
    throw badRequest(`${name} is waiting to start: ${why}`);
  }
  const lines = limited(source(pod, container, isPrevious), query, clock.now());
  const isStamped = isOn(query.get('timestamps'));
  return lines.map(({ at, text }) => `${isStamped ? `${stamp(at)} ` : ''}${text}\n`).join('');
}

function limited(lines: readonly LogLine[], query: URLSearchParams, now: number): readonly LogLine[] {
  const seconds = integer(query.get('sinceSeconds'));
  const from = Math.max(seconds > 0 ? now - seconds * 1000 : 0, Date.parse(query.get('sinceTime') ?? '') || 0);
  const since = lines.filter(({ at }) => at >= from);
  const tail = query.get('tailLines');
  return tail === null ? since : since.slice(Math.max(0, since.length - integer(tail)));
}

function containerOf(pod: Pod, asked: string | null): string {
  const names = pod.spec.containers.map(({ name }) => name);
  if (asked === null) {
    if (names.length > 1) {
      throw badRequest(
        `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`,
      );
    }
    return names[0] ?? '';
  }
  if (!names.includes(asked)) {
    throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
  }
  return asked;
}

/** RFC 3339 with nanoseconds, as a container runtime stamps lines. */
function stamp(at: number): string {
  return new Date(at).toISOString().replace('Z', '000000Z');
}
