import { instant } from '#text/clock.ts';
import type { Node, Pod } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import { as, type Cluster, putStatus } from './cluster.ts';
import type { Lives } from './lives.ts';
import { mainName } from './main-container.ts';
import { type ContainerView, statusOnNode } from './pod-status.ts';
import type { Occurrence } from './recorder.ts';
import { hostAddress } from './scheduler.ts';

/** Where the kubelet shows what it did: the status of a pod, and Events about its containers. */
export class Stage {
  readonly #cluster: Cluster;
  readonly #lives: Lives;

  constructor(cluster: Cluster, lives: Lives) {
    this.#cluster = cluster;
    this.#lives = lives;
  }

  show(pod: Pod, view: ContainerView): void {
    const { clock, store, kinds } = this.#cluster;
    const now = this.#lives.current(pod);
    if (now === undefined) {
      return;
    }
    const node = as<Node>(store.get(kinds.node, undefined, now.spec.nodeName ?? ''));
    const startedAt = Date.parse(now.status?.startTime ?? instant(clock.now()));
    const placement = { ip: this.#lives.of(pod).ip, hostIp: hostAddress(node), startedAt };
    const status = statusOnNode(now, placement, view, clock.now());
    putStatus(this.#cluster, kinds.pod, now as unknown as StoredObject, status);
  }

  tell(pod: Pod, what: Pick<Occurrence, 'reason' | 'message' | 'type'>, container = mainName(pod)): void {
    this.#cluster.recorder.record({
      ...what,
      about: pod as unknown as StoredObject,
      component: 'kubelet',
      host: pod.spec.nodeName ?? '',
      fieldPath: `spec.containers{${container}}`,
    });
  }
}
