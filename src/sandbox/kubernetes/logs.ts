import type { Clock } from '#text/clock.ts';
import type { LogLine, LogSource } from './api/log.ts';
import { isChosen } from './controllers/behaviours.ts';
import { fraction } from './controllers/hash.ts';
import type { Pod } from './shapes.ts';
import type { PodLog, PodSelector, StoredObject } from './types.ts';

/** What containers say. Where nothing runs, lines follow from the pod's name and the time: the same for whoever asks twice. */
export class PodLogs {
  readonly #clock: Clock;
  readonly #said: (pod: Pod) => readonly LogLine[] | undefined;
  #given: readonly { readonly selector: PodSelector; readonly log: PodLog }[] = [];

  /** What pods that are something real have said. */
  constructor(clock: Clock, said: (pod: Pod) => readonly LogLine[] | undefined = () => undefined) {
    this.#clock = clock;
    this.#said = said;
  }

  set(selector: PodSelector, log: PodLog | null): void {
    const others = this.#given.filter((each) => JSON.stringify(each.selector) !== JSON.stringify(selector));
    this.#given = log === null ? others : [...others, { selector, log }];
  }

  readonly source: LogSource = (pod, container, isPrevious) => {
    const given = this.#given.findLast(({ selector }) => isChosen(selector, pod));
    return given === undefined
      ? (this.#said(pod) ?? this.#plain(pod, container, isPrevious))
      : given.log(pod as unknown as StoredObject, container);
  };

  #plain(pod: Pod, container: string, isPrevious: boolean): readonly LogLine[] {
    const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
    const ended = isPrevious ? status?.lastState?.terminated : status?.state.terminated;
    const startedAt =
      Date.parse((isPrevious ? ended?.startedAt : status?.state.running?.startedAt) ?? '') || this.#clock.now();
    const until = ended?.finishedAt === undefined ? this.#clock.now() : Date.parse(ended.finishedAt);
    const starting = [
      { at: startedAt, text: `${container}: starting` },
      { at: startedAt + 800, text: `${container}: ready` },
    ];
    const everyMs = 5000;
    const count = Math.max(0, Math.min(200, Math.floor((until - startedAt) / everyMs) - 1));
    const lines = Array.from({ length: count }, (_, index) => {
      const at = until - (count - index) * everyMs;
      const slot = Math.floor(at / everyMs);
      return {
        at,
        text: `${container}: request ${slot} served in ${Math.floor(20 + 180 * fraction(`${pod.metadata.name}${slot}`))} ms`,
      };
    });
    const last = ended?.exitCode
      ? [{ at: until, text: `${container}: ${ended.message ?? ended.reason ?? 'ended'}` }]
      : [];
    return [...starting.filter(({ at }) => at <= until), ...lines, ...last];
  }
}
