import type { ContainerSpec, Pod } from '../shapes.ts';
import type { Cluster } from './cluster.ts';
import { NotReady, valuesOf } from './pod-volumes.ts';

interface KeyOf {
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean;
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string };
    readonly secretKeyRef?: KeyOf;
    readonly configMapKeyRef?: KeyOf;
  };
}

interface Source {
  readonly prefix?: string;
  readonly configMapRef?: { readonly name: string; readonly optional?: boolean };
  readonly secretRef?: { readonly name: string; readonly optional?: boolean };
}

/** A container's environment, from its own values, its pod, ConfigMaps and Secrets. Throws NotReady. */
export function environmentOf(cluster: Cluster, pod: Pod, container: ContainerSpec): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of (container['envFrom'] ?? []) as readonly Source[]) {
    const reference = configMapRef ?? secretRef;
    const values = objectNamed(cluster, pod, secretRef === undefined ? 'configMap' : 'secret', reference);
    for (const [key, value] of Object.entries(values)) {
      env[`${prefix}${key}`] = value.toString('utf8');
    }
  }
  for (const { name, value, valueFrom } of (container['env'] ?? []) as readonly Variable[]) {
    env[name] = valueFrom === undefined ? (value ?? '') : referred(cluster, pod, valueFrom);
  }
  return env;
}

function referred(cluster: Cluster, pod: Pod, from: NonNullable<Variable['valueFrom']>): string {
  if (from.fieldRef !== undefined) {
    return fieldOf(pod, from.fieldRef.fieldPath);
  }
  const reference = from.secretKeyRef ?? from.configMapKeyRef;
  const kind = from.secretKeyRef === undefined ? 'configMap' : 'secret';
  const value = objectNamed(cluster, pod, kind, reference)[reference?.key ?? ''];
  if (value === undefined && reference?.optional !== true) {
    const where = `${pod.metadata.namespace ?? ''}/${reference?.name ?? ''}`;
    throw new NotReady(
      'CreateContainerConfigError',
      `couldn't find key ${reference?.key ?? ''} in ${titles[kind]} ${where}`,
    );
  }
  return value?.toString('utf8') ?? '';
}

const titles = { configMap: 'ConfigMap', secret: 'Secret' } as const;

function objectNamed(
  { store, kinds }: Cluster,
  { metadata }: Pod,
  kind: keyof typeof titles,
  reference: { readonly name: string; readonly optional?: boolean } | undefined,
): Readonly<Record<string, Buffer>> {
  const object = store.get(kinds[kind], metadata.namespace, reference?.name ?? '');
  if (object === undefined && reference?.optional !== true) {
    throw new NotReady('CreateContainerConfigError', `${kind.toLowerCase()} "${reference?.name ?? ''}" not found`);
  }
  return valuesOf(object);
}

function fieldOf({ metadata, spec, status }: Pod, path: string): string {
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.nodeName': spec.nodeName,
    'spec.serviceAccountName': spec['serviceAccountName'] as string | undefined,
    'status.podIP': status?.podIP,
  };
  return fields[path] ?? '';
}
