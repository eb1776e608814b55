import type { Pod } from '../shapes.ts';
import { mainName } from './main-container.ts';

const firstMs = 10_000;
const longestMs = 300_000;

/** The kubelet's wait before it starts a container again: ten seconds, doubled by each crash, five minutes at most. */
export function backOffMs(crashes: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.max(0, crashes - 2));
}

/** `back-off 2m40s restarting failed container=odoo pod=…` */
export function backOffMessage(pod: Pod, waitMs: number): string {
  const seconds = waitMs / 1000;
  const told = seconds >= 60 ? `${Math.floor(seconds / 60)}m${seconds % 60}s` : `${seconds}s`;
  const { name, namespace, uid } = pod.metadata;
  return `back-off ${told} restarting failed container=${mainName(pod)} pod=${name}_${namespace}(${uid})`;
}
