import { instant } from '#text/clock.ts';
import type { Pod } from '../shapes.ts';
import type { PodBehaviour, PodSelector, StoredObject } from '../types.ts';
import { Behaviours, crashOf, isChosen } from './behaviours.ts';
import { bind } from './bind.ts';
import type { Cluster } from './cluster.ts';
import { fraction } from './hash.ts';
import { Lives } from './lives.ts';
import { mainStatus, restartsOf, viewOf } from './main-container.ts';
import type { Scheduler } from './scheduler.ts';
import type { ServingPods } from './serving.ts';
import { Stage } from './stage.ts';
import { Troubles } from './troubles.ts';

/** Milliseconds of a believable life; the cluster's pace makes them shorter. */
const bindMs = 60;
const sandboxMs = 250;
const pullMs = 700;
const endMs = 900;

/** Takes pods through their lives: scheduled, created, started, ready, crashing, gone. */
export class Kubelet {
  readonly #cluster: Cluster;
  readonly #scheduler: Scheduler;
  readonly #behaviours = new Behaviours();
  readonly #lives: Lives;
  readonly #stage: Stage;
  readonly #troubles: Troubles;
  readonly #serving: ServingPods;

  constructor(cluster: Cluster, scheduler: Scheduler, serving: ServingPods) {
    this.#cluster = cluster;
    this.#serving = serving;
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
    } else {
      this.#lives.later(pod, pullMs * (1 + fraction(pod.metadata.name)), (now) => this.#start(now));
    }
  }

  #start(pod: Pod): void {
    const { clock } = this.#cluster;
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
