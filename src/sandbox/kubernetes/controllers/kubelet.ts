import { instant } from '#text/clock.ts';
import type { Pod } from '../shapes.ts';
import type { PodBehaviour, PodSelector, StoredObject } from '../types.ts';
import { Behaviours, crashOf, isChosen } from './behaviours.ts';
import { bind } from './bind.ts';
import type { Cluster } from './cluster.ts';
import { fraction } from './hash.ts';
import { Lives } from './lives.ts';
import { mainStatus, restartsOf, viewOf } from './main-container.ts';
import { NotReady } from './pod-volumes.ts';
import type { Exit, Processes } from './processes.ts';
import type { Scheduler } from './scheduler.ts';
import type { ServingPods } from './serving.ts';
import { Stage } from './stage.ts';
import { Troubles } from './troubles.ts';

/** Milliseconds of a believable life; the cluster's pace makes them shorter. */
const bindMs = 60;
const sandboxMs = 250;
const pullMs = 700;
const endMs = 900;
const workMs = 2_500;
const mountAgainMs = 2_000;

/** Takes pods through their lives: scheduled, created, started, ready, crashing, gone. */
export class Kubelet {
  readonly #cluster: Cluster;
  readonly #scheduler: Scheduler;
  readonly #behaviours = new Behaviours();
  readonly #lives: Lives;
  readonly #stage: Stage;
  readonly #troubles: Troubles;
  readonly #serving: ServingPods;
  readonly #processes: Processes | null;

  constructor(cluster: Cluster, scheduler: Scheduler, serving: ServingPods, processes: Processes | null = null) {
    this.#cluster = cluster;
    this.#serving = serving;
    this.#processes = processes;
    this.#scheduler = scheduler;
    this.#lives = new Lives(cluster, scheduler);
    this.#stage = new Stage(cluster, this.#lives);
    this.#troubles = new Troubles(cluster, this.#stage, this.#lives, this.#behaviours, {
      start: (pod) => this.#start(pod),
      heal: (pod) => this.#heal(pod),
    });
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
    this.#serving.stop(pod);
    this.#lives.forget(pod);
    void this.#processes?.forget(pod);
  }

  /** Ends a pod with the time it is given; one that has no node is gone at once. */
  end(pod: Pod): void {
    const { store, kinds, clock } = this.#cluster;
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
      this.#stage.tell(pod, { reason: 'Killing', message: `Stopping container ${container.name}` }, container.name);
    }
    if (this.#processes?.isRunning(pod) === true) {
      // It goes when its process has gone, and its status has been seen.
      void this.#processes.end(pod, grace * 1000);
      return;
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
        this.#troubles.crashedBefore(pod, crash);
      } else {
        this.#lives.later(pod, crash.afterMs, (now) => this.#troubles.crash(now));
      }
    } else if (behaviour !== undefined && 'imagePullBackOff' in behaviour) {
      this.#troubles.failPull(pod, 'ErrImagePull');
    } else if (behaviour !== undefined && 'notReady' in behaviour) {
      this.#troubles.failProbe(pod);
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
    this.#stage.show(pod, view);
    const behaviour = this.#behaviours.of(pod);
    if (behaviour !== undefined && 'imagePullBackOff' in behaviour) {
      this.#lives.later(pod, pullMs, (now) => this.#troubles.failPull(now, 'ErrImagePull'));
    } else if (this.#processes?.lacks(pod) === true) {
      this.#lives.later(pod, pullMs, (now) => this.#troubles.failPull(now, 'ErrImagePull', {}));
    } else {
      this.#lives.later(pod, pullMs * (1 + fraction(pod.metadata.name)), (now) => this.#start(now));
    }
  }

  /** A container that is a process: it runs as long as that does, and ends as that ends. */
  async #run(pod: Pod, processes: Processes): Promise<void> {
    const { clock, store, kinds } = this.#cluster;
    let ended: Promise<Exit>;
    try {
      ({ ended } = await processes.start(this.#cluster, pod));
    } catch (error) {
      const { reason, message } = error instanceof NotReady ? error : { reason: 'Failed', message: String(error) };
      this.#stage.tell(pod, { type: 'Warning', reason: reason === 'FailedMount' ? reason : 'Failed', message });
      if (reason !== 'FailedMount') {
        const state = { waiting: { reason, message } };
        this.#stage.show(pod, { state, ready: false, restarts: 0 });
      }
      this.#lives.later(pod, mountAgainMs, (now) => void this.#run(now, processes));
      return;
    }
    const startedAt = instant(clock.now());
    this.#tellStarted(pod);
    this.#stage.show(pod, { state: { running: { startedAt } }, ready: true, restarts: 0 });
    if (this.#lives.current(pod)?.metadata.deletionTimestamp !== undefined || this.#lives.current(pod) === undefined) {
      void processes.end(pod, 0);
    }
    const { exitCode, signal } = await ended;
    const terminated = {
      exitCode,
      ...(signal === null ? {} : { signal }),
      reason: exitCode === 0 ? 'Completed' : 'Error',
      startedAt,
      finishedAt: instant(clock.now()),
    };
    this.#stage.show(pod, { state: { terminated }, ready: false, restarts: 0 });
    if (this.#lives.current(pod)?.metadata.deletionTimestamp !== undefined) {
      this.#lives.later(pod, endMs, (now) => store.delete(kinds.pod, now.metadata.namespace, now.metadata.name));
    }
  }

  #tellStarted(pod: Pod): void {
    for (const { name, image } of pod.spec.containers) {
      const message = `Container image "${image}" already present on machine`;
      this.#stage.tell(pod, { reason: 'Pulled', message }, name);
      this.#stage.tell(pod, { reason: 'Created', message: `Created container: ${name}` }, name);
      this.#stage.tell(pod, { reason: 'Started', message: `Started container ${name}` }, name);
    }
  }

  #start(pod: Pod): void {
    const { clock } = this.#cluster;
    if (this.#processes?.runs(pod) === true && crashOf(this.#behaviours.of(pod)) === undefined) {
      void this.#run(pod, this.#processes);
      return;
    }
    const main = mainStatus(pod);
    const isRestart = main?.lastState?.terminated !== undefined || main?.state.terminated !== undefined;
    const restarts = restartsOf(pod) + (isRestart ? 1 : 0);
    const last = main?.state.terminated ?? main?.lastState?.terminated;
    for (const { name, image } of isRestart ? pod.spec.containers.slice(0, 1) : pod.spec.containers) {
      const message = `Container image "${image}" already present on machine`;
      this.#stage.tell(pod, { reason: 'Pulled', message }, name);
      this.#stage.tell(pod, { reason: 'Created', message: `Created container: ${name}` }, name);
      this.#stage.tell(pod, { reason: 'Started', message: `Started container ${name}` }, name);
    }
    const state = { running: { startedAt: instant(clock.now()) } };
    const probe = pod.spec.containers[0]?.['readinessProbe'] as { readonly initialDelaySeconds?: number } | undefined;
    const crash = crashOf(this.#behaviours.of(pod));
    this.#stage.show(pod, { state, ready: probe === undefined && crash === undefined, restarts, last });
    if (crash !== undefined) {
      this.#lives.later(pod, crash.afterMs, (now) => this.#troubles.crash(now));
    } else if (probe !== undefined) {
      const delayMs =
        1000 * Math.min(5, probe.initialDelaySeconds ?? 1) + 1500 * fraction(`${pod.metadata.name} probe`);
      this.#lives.later(pod, delayMs, (now) => this.#becomeReady(now));
    } else {
      this.#becomeReady(pod);
    }
    const isMeantToEnd = pod.spec.restartPolicy !== undefined && pod.spec.restartPolicy !== 'Always';
    if (isMeantToEnd && crash === undefined && !this.#serving.takes(pod)) {
      // What is meant to end does, where nothing runs in it.
      this.#lives.later(pod, workMs, (now) => this.#complete(now));
    }
  }

  #complete(pod: Pod): void {
    const { clock } = this.#cluster;
    const startedAt = mainStatus(pod)?.state.running?.startedAt ?? instant(clock.now());
    const terminated = { exitCode: 0, reason: 'Completed', startedAt, finishedAt: instant(clock.now()) };
    this.#stage.show(pod, { ...viewOf(pod), state: { terminated }, ready: false });
  }

  #becomeReady(pod: Pod): void {
    const behaviour = this.#behaviours.of(pod);
    if (behaviour !== undefined && 'notReady' in behaviour) {
      this.#troubles.failProbe(pod);
      return;
    }
    const now = this.#lives.current(pod);
    const main = now === undefined ? undefined : mainStatus(now);
    if (now !== undefined && main?.state.running !== undefined) {
      this.#serving.start(
        now,
        () => this.#stage.show(now, { ...viewOf(now), ready: true }),
        (reason, message) =>
          this.#stage.show(now, { state: { waiting: { reason, message } }, ready: false, restarts: restartsOf(now) }),
      );
    }
  }
}

function stored(pod: Pod): StoredObject {
  return pod as unknown as StoredObject;
}
