import { instant } from '#text/clock.ts';
import type { Node, Pod, Terminated } from '../shapes.ts';
import type { PodBehaviour, PodSelector, StoredObject } from '../types.ts';
import { backOffMessage, backOffMs } from './back-off.ts';
import { Behaviours, crashOf, isChosen } from './behaviours.ts';
import { bind } from './bind.ts';
import { as, type Cluster } from './cluster.ts';
import { fraction } from './hash.ts';
import { Lives } from './lives.ts';
import { mainName, mainStatus, restartsOf, viewOf } from './main-container.ts';
import { type ContainerView, containerId, statusOnNode } from './pod-status.ts';
import { hostAddress, type Scheduler } from './scheduler.ts';

/** Milliseconds of a believable life; the cluster's pace makes them shorter. */
const bindMs = 60;
const sandboxMs = 250;
const pullMs = 700;
const endMs = 900;
const crashShownMs = 700;

/** Takes pods through their lives: scheduled, created, started, ready, crashing, gone. */
export class Kubelet {
  readonly #cluster: Cluster;
  readonly #scheduler: Scheduler;
  readonly #behaviours = new Behaviours();
  readonly #lives: Lives;

  constructor(cluster: Cluster, scheduler: Scheduler) {
    this.#cluster = cluster;
    this.#scheduler = scheduler;
    this.#lives = new Lives(cluster, scheduler);
  }

  /** A pod appeared. */
  begin(pod: Pod): void {
    if (pod.spec.nodeName === undefined) {
      this.#lives.later(pod, bindMs, (now) => this.#schedule(now));
    } else if (pod.status?.containerStatuses === undefined) {
      this.#lives.later(pod, sandboxMs, (now) => this.#create(now));
    }
  }

  forget(pod: Pod): void {
    this.#lives.forget(pod);
  }

  /** Ends a pod with the time it is given; one that has no node is gone at once. */
  end(pod: Pod): void {
    const { store, kinds, clock, recorder } = this.#cluster;
    const { namespace, name, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined) {
      return;
    }
    if (pod.spec.nodeName === undefined) {
      store.delete(kinds.pod, namespace, name);
      return;
    }
    const grace = Number(pod.spec['terminationGracePeriodSeconds'] ?? 30);
    const ending = store.put(kinds.pod, {
      ...stored(pod),
      metadata: {
        ...pod.metadata,
        deletionTimestamp: instant(clock.now() + grace * 1000),
        deletionGracePeriodSeconds: grace,
      },
    });
    for (const container of pod.spec.containers) {
      recorder.record({
        ...this.#onContainer(pod, container.name),
        reason: 'Killing',
        message: `Stopping container ${container.name}`,
      });
    }
    this.#lives.later(ending as unknown as Pod, endMs, (now) => store.delete(kinds.pod, namespace, now.metadata.name));
  }

  behave(selector: PodSelector, behaviour: PodBehaviour | null): void {
    this.#behaviours.set(selector, behaviour);
    const { store, kinds } = this.#cluster;
    for (const { object } of store.entries(kinds.pod, selector.namespace)) {
      const pod = object as unknown as Pod;
      if (isChosen(selector, pod) && pod.metadata.deletionTimestamp === undefined) {
        this.#turn(pod);
      }
    }
  }

  /** Makes what is asked of a pod show on it now. */
  #turn(pod: Pod): void {
    const behaviour = this.#behaviours.of(pod);
    if (pod.spec.nodeName === undefined || pod.status?.containerStatuses === undefined) {
      this.begin(pod);
      return;
    }
    const crash = crashOf(behaviour);
    if (crash !== undefined) {
      if (crash.restarts > restartsOf(pod)) {
        this.#lives.of(pod).crashes = Math.max(1, crash.restarts - 1);
        this.#showBackOff(pod, crash.restarts, terminatedNow(this.#cluster, pod, crash));
      } else {
        this.#lives.later(pod, crash.afterMs, (now) => this.#crash(now));
      }
    } else if (behaviour !== undefined && 'imagePullBackOff' in behaviour) {
      this.#failPull(pod, 'ErrImagePull');
    } else if (behaviour !== undefined && 'notReady' in behaviour) {
      this.#failProbe(pod, behaviour.notReady.message);
    } else if (behaviour === undefined) {
      this.#heal(pod);
    }
  }

  #heal(pod: Pod): void {
    this.#lives.of(pod).crashes = 0;
    const { running } = mainStatus(pod)?.state ?? {};
    if (running === undefined) {
      this.#lives.later(pod, pullMs, (now) => this.#start(now));
    } else {
      this.#lives.later(pod, 1000, (now) => this.#becomeReady(now));
    }
  }

  #schedule(pod: Pod): void {
    const bound = bind(this.#cluster, this.#scheduler, pod, this.#behaviours.of(pod));
    if (bound === undefined) {
      this.#lives.later(pod, 5000, (now) => this.#schedule(now));
    } else {
      this.#lives.later(bound, sandboxMs, (now) => this.#create(now));
    }
  }

  #create(pod: Pod): void {
    const view = { state: { waiting: { reason: 'ContainerCreating' } }, ready: false, restarts: 0 };
    this.#show(pod, view);
    const behaviour = this.#behaviours.of(pod);
    if (behaviour !== undefined && 'imagePullBackOff' in behaviour) {
      this.#lives.later(pod, pullMs, (now) => this.#failPull(now, 'ErrImagePull'));
    } else {
      this.#lives.later(pod, pullMs * (1 + fraction(pod.metadata.name)), (now) => this.#start(now));
    }
  }

  #start(pod: Pod): void {
    const { clock, recorder } = this.#cluster;
    const main = mainStatus(pod);
    const isRestart = main?.lastState?.terminated !== undefined || main?.state.terminated !== undefined;
    const restarts = restartsOf(pod) + (isRestart ? 1 : 0);
    const last = main?.state.terminated ?? main?.lastState?.terminated;
    for (const { name, image } of isRestart ? pod.spec.containers.slice(0, 1) : pod.spec.containers) {
      const about = this.#onContainer(pod, name);
      recorder.record({
        ...about,
        reason: 'Pulled',
        message: `Container image "${image}" already present on machine`,
      });
      recorder.record({ ...about, reason: 'Created', message: `Created container: ${name}` });
      recorder.record({ ...about, reason: 'Started', message: `Started container ${name}` });
    }
    const state = { running: { startedAt: instant(clock.now()) } };
    const probe = pod.spec.containers[0]?.['readinessProbe'] as { readonly initialDelaySeconds?: number } | undefined;
    const crash = crashOf(this.#behaviours.of(pod));
    this.#show(pod, { state, ready: probe === undefined && crash === undefined, restarts, last });
    if (crash !== undefined) {
      this.#lives.later(pod, crash.afterMs, (now) => this.#crash(now));
    } else if (probe !== undefined) {
      const delayMs =
        1000 * Math.min(5, probe.initialDelaySeconds ?? 1) + 1500 * fraction(`${pod.metadata.name} probe`);
      this.#lives.later(pod, delayMs, (now) => this.#becomeReady(now));
    } else {
      this.#becomeReady(pod);
    }
  }

  #becomeReady(pod: Pod): void {
    const behaviour = this.#behaviours.of(pod);
    if (behaviour !== undefined && 'notReady' in behaviour) {
      this.#failProbe(pod, behaviour.notReady.message);
      return;
    }
    const now = this.#lives.current(pod);
    const main = now === undefined ? undefined : mainStatus(now);
    if (now !== undefined && main?.state.running !== undefined) {
      this.#show(now, { ...viewOf(now), ready: true });
    }
  }

  #crash(pod: Pod): void {
    const crash = crashOf(this.#behaviours.of(pod));
    if (crash === undefined) {
      this.#heal(pod);
      return;
    }
    const life = this.#lives.of(pod);
    life.crashes += 1;
    const terminated = terminatedNow(this.#cluster, pod, crash);
    this.#show(pod, { ...viewOf(pod), state: { terminated }, ready: false });
    // The first time it is started again at once; from then on the back-off grows, as the kubelet's does.
    const next = life.crashes === 1 ? (now: Pod) => this.#start(now) : (now: Pod) => this.#backOff(now);
    this.#lives.later(pod, crashShownMs, next);
  }

  #backOff(pod: Pod): void {
    const main = mainStatus(pod);
    const last = main?.state.terminated ?? main?.lastState?.terminated;
    this.#showBackOff(pod, restartsOf(pod), last);
  }

  #showBackOff(pod: Pod, restarts: number, last: Terminated | undefined): void {
    const { recorder } = this.#cluster;
    const { crashes } = this.#lives.of(pod);
    const waitMs = backOffMs(crashes);
    const container = mainName(pod);
    const message = backOffMessage(pod, waitMs);
    this.#show(pod, { state: { waiting: { reason: 'CrashLoopBackOff', message } }, ready: false, restarts, last });
    recorder.record({
      ...this.#onContainer(pod, container),
      type: 'Warning',
      reason: 'BackOff',
      message: `Back-off restarting failed container ${container} in pod ${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`,
    });
    this.#lives.later(pod, waitMs, (now) => this.#start(now));
  }

  #failPull(pod: Pod, reason: 'ErrImagePull' | 'ImagePullBackOff'): void {
    const behaviour = this.#behaviours.of(pod);
    if (behaviour === undefined || !('imagePullBackOff' in behaviour)) {
      this.#heal(pod);
      return;
    }
    const { recorder } = this.#cluster;
    const container = pod.spec.containers[0];
    const image = behaviour.imagePullBackOff.image ?? container?.image ?? '';
    const why =
      behaviour.imagePullBackOff.message ??
      `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
    const isFirst = reason === 'ErrImagePull';
    const message = isFirst ? why : `Back-off pulling image "${image}": ErrImagePull: ${why}`;
    const before = viewOf(pod);
    this.#show(pod, { ...before, image, state: { waiting: { reason, message } }, ready: false });
    recorder.record({
      ...this.#onContainer(pod, container?.name ?? ''),
      type: isFirst ? 'Warning' : 'Normal',
      reason: isFirst ? 'Failed' : 'BackOff',
      message: isFirst ? `Failed to pull image "${image}": ${why}` : `Back-off pulling image "${image}"`,
    });
    this.#lives.later(pod, isFirst ? 1500 : 20_000, (now) =>
      this.#failPull(now, isFirst ? 'ImagePullBackOff' : 'ErrImagePull'),
    );
  }

  #failProbe(pod: Pod, message = 'Readiness probe failed: HTTP probe failed with statuscode: 503'): void {
    this.#show(pod, { ...viewOf(pod), ready: false });
    this.#cluster.recorder.record({
      ...this.#onContainer(pod, pod.spec.containers[0]?.name ?? ''),
      type: 'Warning',
      reason: 'Unhealthy',
      message,
    });
    this.#lives.later(pod, 10_000, (now) => {
      const behaviour = this.#behaviours.of(now);
      if (behaviour !== undefined && 'notReady' in behaviour) {
        this.#failProbe(now, behaviour.notReady.message);
      }
    });
  }

  #show(pod: Pod, view: ContainerView): void {
    const { clock, store, kinds } = this.#cluster;
    const now = this.#lives.current(pod) ?? pod;
    const node = as<Node>(store.get(kinds.node, undefined, now.spec.nodeName ?? ''));
    const startedAt = Date.parse(now.status?.startTime ?? instant(clock.now()));
    const placement = { ip: this.#lives.of(pod).ip, hostIp: hostAddress(node), startedAt };
    this.#put(now, statusOnNode(now, placement, view, clock.now()));
  }

  #put(pod: Pod, status: Pod['status']): void {
    const { store, kinds } = this.#cluster;
    const now = this.#lives.current(pod);
    if (now !== undefined) {
      store.put(kinds.pod, { ...stored(now), status });
    }
  }

  #onContainer(
    pod: Pod,
    container: string,
  ): { about: StoredObject; component: string; host: string; fieldPath: string } {
    return {
      about: stored(pod),
      component: 'kubelet',
      host: pod.spec.nodeName ?? '',
      fieldPath: `spec.containers{${container}}`,
    };
  }
}

function terminatedNow(
  { clock }: Cluster,
  pod: Pod,
  crash: { readonly exitCode: number; readonly reason: string; readonly message?: string },
): Terminated {
  const container = pod.spec.containers[0]?.name ?? '';
  const running = mainStatus(pod)?.state.running?.startedAt;
  return {
    exitCode: crash.exitCode,
    reason: crash.reason,
    ...(crash.message === undefined ? {} : { message: crash.message }),
    startedAt: running ?? instant(clock.now()),
    finishedAt: instant(clock.now()),
    containerID: containerId(pod.metadata.name, container, restartsOf(pod)),
  };
}

function stored(pod: Pod): StoredObject {
  return pod as unknown as StoredObject;
}
