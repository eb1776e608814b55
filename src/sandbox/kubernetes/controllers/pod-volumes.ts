import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContainerSpec, Pod } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import type { Cluster } from './cluster.ts';

interface Volume {
  readonly name: string;
  readonly emptyDir?: object;
  readonly configMap?: { readonly name: string; readonly optional?: boolean };
  readonly secret?: { readonly secretName: string; readonly optional?: boolean };
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly projected?: object;
}

interface Mount {
  readonly name: string;
  readonly mountPath: string;
}

/** What stands in the way of a pod that is about to run; the kubelet says it in an Event, or as the container's state, and tries again. */
export class NotReady extends Error {
  readonly reason: 'FailedMount' | 'CreateContainerConfigError';

  constructor(reason: NotReady['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The folder of this machine that stands for each path at which a container mounts something. */
export type Mounted = ReadonlyMap<string, string>;

export interface PodFolders {
  /** For this pod alone. */
  readonly own: string;
  /** Claims outlive pods: `<claims>/<namespace>/<claim>`. */
  readonly claims: string;
}

/** Fills a pod's volumes, as the kubelet does before it starts a container. Throws NotReady. */
export async function mountedVolumes(cluster: Cluster, pod: Pod, container: ContainerSpec, folders: PodFolders) {
  const volumes = (pod.spec['volumes'] ?? []) as readonly Volume[];
  const mounts = (container['volumeMounts'] ?? []) as readonly Mount[];
  const mounted = new Map<string, string>();
  for (const { name, mountPath } of mounts) {
    const volume = volumes.find((each) => each.name === name);
    if (volume !== undefined) {
      mounted.set(mountPath, await filled(cluster, pod, volume, folders));
    }
  }
  return mounted as Mounted;
}

async function filled(cluster: Cluster, { metadata }: Pod, volume: Volume, folders: PodFolders): Promise<string> {
  const { store, kinds } = cluster;
  const namespace = metadata.namespace ?? 'default';
  if (volume.persistentVolumeClaim !== undefined) {
    const folder = join(folders.claims, namespace, volume.persistentVolumeClaim.claimName);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }
  const folder = join(folders.own, 'volumes', volume.name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const source = volume.configMap ?? volume.secret;
  if (source === undefined) {
    return folder;
  }
  const name = 'secretName' in source ? source.secretName : source.name;
  const object = store.get('secretName' in source ? kinds.secret : kinds.configMap, namespace, name);
  if (object === undefined && source.optional !== true) {
    const what = 'secretName' in source ? 'secret' : 'configmap';
    throw new NotReady(
      'FailedMount',
      `MountVolume.SetUp failed for volume "${volume.name}" : ${what} "${name}" not found`,
    );
  }
  for (const [key, value] of Object.entries(valuesOf(object))) {
    const path = join(folder, key);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, value, { mode: 0o600 });
  }
  return folder;
}

/** The values of a ConfigMap or a Secret, decoded. */
export function valuesOf(object: StoredObject | undefined): Readonly<Record<string, Buffer>> {
  const data = Object.entries((object?.['data'] ?? {}) as Readonly<Record<string, string>>);
  const encoding = object?.kind === 'Secret' ? 'base64' : 'utf8';
  return Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(value, encoding)]));
}

/** A path of the container as the path of this machine that stands for it, wherever it appears in an argument or a value. */
export function translated(text: string, mounted: Mounted): string {
  const paths = [...mounted.keys()].toSorted((a, b) => b.length - a.length);
  if (paths.length === 0) {
    return text;
  }
  const words = paths.map((path) => path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const pattern = new RegExp(`(^|[=:,])(${words.join('|')})(?=$|[/:,])`, 'g');
  return text.replaceAll(pattern, (_whole, before: string, path: string) => `${before}${mounted.get(path) ?? path}`);
}
