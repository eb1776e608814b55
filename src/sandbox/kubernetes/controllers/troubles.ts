import { instant } from '#text/clock.ts';
import type { Pod, Terminated } from '../shapes.ts';
import { backOffMessage, backOffMs } from './back-off.ts';
import { type Behaviours, type Crash, crashOf } from './behaviours.ts';
import type { Cluster } from './cluster.ts';
import type { Lives } from './lives.ts';
import { mainName, mainStatus, restartsOf, viewOf } from './main-container.ts';
import { containerId } from './pod-status.ts';
import type { Stage } from './stage.ts';

const crashShownMs = 700;
const pullAgainMs = 20_000;
const probeEveryMs = 10_000;

/** An image that nobody has. */
interface Missing {
  readonly image?: string;
  readonly message?: string;
}

/** How a pod gets out of trouble. */
export interface Recovery {
  start(pod: Pod): void;
  heal(pod: Pod): void;
}

/** What goes wrong with a container that is there: it crashes, its image cannot be pulled, its probe fails. */
export class Troubles {
  readonly #cluster: Cluster;
  readonly #stage: Stage;
  readonly #lives: Lives;
  readonly #behaviours: Behaviours;
  readonly #recovery: Recovery;

  constructor(cluster: Cluster, stage: Stage, lives: Lives, behaviours: Behaviours, recovery: Recovery) {
    this.#cluster = cluster;
    this.#stage = stage;
    this.#lives = lives;
    this.#behaviours = behaviours;
    this.#recovery = recovery;
  }

  crash(pod: Pod): void {
    const crash = crashOf(this.#behaviours.of(pod));
    if (crash === undefined) {
      this.#recovery.heal(pod);
      return;
    }
    const life = this.#lives.of(pod);
    life.crashes += 1;
    const startedAt = mainStatus(pod)?.state.running?.startedAt;
    const terminated = this.#terminated(pod, crash, startedAt);
    this.#stage.show(pod, { ...viewOf(pod), state: { terminated }, ready: false });
    // The first time it is started again at once; from then on the back-off grows, as the kubelet's does.
    const next = life.crashes === 1 ? (now: Pod) => this.#recovery.start(now) : (now: Pod) => this.#backOff(now);
    this.#lives.later(pod, crashShownMs, next);
  }

  /** As if it had crashed many times already. */
  crashedBefore(pod: Pod, crash: Crash): void {
    this.#lives.of(pod).crashes = Math.max(1, crash.restarts - 1);
    const startedAt = instant(this.#cluster.clock.now() - crash.afterMs);
    this.#showBackOff(pod, crash.restarts, this.#terminated(pod, crash, startedAt));
  }

  /** `missing`: there is no such image, whatever was asked to go wrong. */
  failPull(pod: Pod, reason: 'ErrImagePull' | 'ImagePullBackOff', missing?: Missing): void {
    const behaviour = this.#behaviours.of(pod);
    const asked: Missing | undefined =
      behaviour !== undefined && 'imagePullBackOff' in behaviour ? behaviour.imagePullBackOff : missing;
    if (asked === undefined) {
      this.#recovery.heal(pod);
      return;
    }
    const image = asked.image ?? pod.spec.containers[0]?.image ?? '';
    const why =
      asked.message ??
      `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
    const isFirst = reason === 'ErrImagePull';
    const message = isFirst ? why : `Back-off pulling image "${image}": ErrImagePull: ${why}`;
    this.#stage.show(pod, { ...viewOf(pod), image, state: { waiting: { reason, message } }, ready: false });
    this.#stage.tell(
      pod,
      isFirst
        ? { type: 'Warning', reason: 'Failed', message: `Failed to pull image "${image}": ${why}` }
        : { reason: 'BackOff', message: `Back-off pulling image "${image}"` },
    );
    this.#lives.later(pod, isFirst ? 1500 : pullAgainMs, (now) =>
      this.failPull(now, isFirst ? 'ImagePullBackOff' : 'ErrImagePull', missing),
    );
  }

  failProbe(pod: Pod): void {
    const behaviour = this.#behaviours.of(pod);
    if (behaviour === undefined || !('notReady' in behaviour)) {
      return;
    }
    this.#stage.show(pod, { ...viewOf(pod), ready: false });
    const message = behaviour.notReady.message ?? 'Readiness probe failed: HTTP probe failed with statuscode: 503';
    this.#stage.tell(pod, { type: 'Warning', reason: 'Unhealthy', message });
    this.#lives.later(pod, probeEveryMs, (now) => this.failProbe(now));
  }

  #backOff(pod: Pod): void {
    const main = mainStatus(pod);
    this.#showBackOff(pod, restartsOf(pod), main?.state.terminated ?? main?.lastState?.terminated);
  }

  #showBackOff(pod: Pod, restarts: number, last: Terminated | undefined): void {
    const { name, namespace, uid } = pod.metadata;
    const waitMs = backOffMs(this.#lives.of(pod).crashes);
    const waiting = { reason: 'CrashLoopBackOff', message: backOffMessage(pod, waitMs) };
    this.#stage.show(pod, { state: { waiting }, ready: false, restarts, last });
    const message = `Back-off restarting failed container ${mainName(pod)} in pod ${name}_${namespace}(${uid})`;
    this.#stage.tell(pod, { type: 'Warning', reason: 'BackOff', message });
    this.#lives.later(pod, waitMs, (now) => this.#recovery.start(now));
  }

  #terminated(pod: Pod, { exitCode, reason, message }: Crash, startedAt: string | undefined): Terminated {
    const now = instant(this.#cluster.clock.now());
    return {
      exitCode,
      reason,
      ...(message === undefined ? {} : { message }),
      startedAt: startedAt ?? now,
      finishedAt: now,
      containerID: containerId(pod.metadata.name, mainName(pod), restartsOf(pod)),
    };
  }
}
