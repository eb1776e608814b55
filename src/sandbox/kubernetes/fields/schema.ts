/** Where something stands in an object: the names of the fields that lead to it, list entries left out. */
export interface Place {
  readonly kind: string;
  /** Custom kinds have no schema here: their lists are of one piece, and every field is an entry of a map. */
  readonly custom: boolean;
  readonly path: readonly string[];
}

/** One part of a value that is not of one piece: its key in `fieldsV1`, the value, and where that stands. */
export interface Part {
  readonly key: string;
  /** The field's name, or nothing for an entry of a list. */
  readonly field: string | undefined;
  readonly value: unknown;
  readonly place: Place;
  /** Entries of lists and maps are in a set themselves; fields of a struct only by what is below them. */
  readonly isEntry: boolean;
}

/** `x-kubernetes-list-map-keys` of the kinds served, by the field's name (read from the real server's OpenAPI). */
const listKeys: Readonly<Record<string, readonly string[]>> = {
  conditions: ['type'],
  containers: ['name'],
  env: ['name'],
  ephemeralContainers: ['name'],
  hostAliases: ['ip'],
  imagePullSecrets: ['name'],
  initContainers: ['name'],
  matchConditions: ['name'],
  ownerReferences: ['uid'],
  podIPs: ['ip'],
  resourceClaims: ['name'],
  secrets: ['name'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  variables: ['name'],
  volumeDevices: ['devicePath'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
};

const sets = new Set(['finalizers', 'podCIDRs']);

/** `x-kubernetes-map-type: atomic`: one owner for the whole of it. */
const atomicMaps = new Set([
  'configMapKeyRef',
  'fieldRef',
  'labelSelector',
  'namespaceSelector',
  'nodeSelector',
  'nodeSelectorTerms',
  'objectSelector',
  'podSelector',
  'resourceFieldRef',
  'roleRef',
  'scaleTargetRef',
  'secretKeyRef',
  'selector',
]);

const freeMaps = new Set(['labels', 'annotations', 'data', 'binaryData', 'stringData', 'limits', 'requests', 'hard']);

export function rootOf(kind: { readonly kind: string; readonly custom: boolean }): Place {
  return { kind: kind.kind, custom: kind.custom, path: [] };
}

/** The parts of a map or of a list whose entries have keys; `undefined` for what has one owner as a whole. */
export function partsOf(value: unknown, place: Place): readonly Part[] | undefined {
  if (Array.isArray(value)) {
    return entriesOf(value, place);
  }
  if (typeof value !== 'object' || value === null || (atomicMaps.has(nameOf(place)) && !isFree(place))) {
    return undefined;
  }
  const isEntry = isFree(place) || freeMaps.has(nameOf(place));
  return Object.entries(value).map(([field, each]) => ({
    key: `f:${field}`,
    field,
    value: each,
    place: { ...place, path: [...place.path, field] },
    isEntry,
  }));
}

function entriesOf(list: readonly unknown[], place: Place): readonly Part[] | undefined {
  const field = nameOf(place);
  if (isFree(place)) {
    return undefined;
  }
  if (sets.has(field)) {
    return list.map((value) => ({ key: `v:${JSON.stringify(value)}`, field: undefined, value, place, isEntry: true }));
  }
  const keys = field === 'ports' ? portKeys(place) : listKeys[field];
  if (keys === undefined) {
    return undefined;
  }
  return list.map((value) => {
    const named = keys.flatMap((key) => {
      const given = (value as Readonly<Record<string, unknown>>)[key] ?? (key === 'protocol' ? 'TCP' : undefined);
      return given === undefined ? [] : [[key, given]];
    });
    return {
      key: `k:${JSON.stringify(Object.fromEntries(named))}`,
      field: undefined,
      value,
      place,
      isEntry: true,
    };
  });
}

function portKeys({ kind, path }: Place): readonly string[] | undefined {
  if (/[cC]ontainers$/.test(path.at(-2) ?? '')) {
    return ['containerPort', 'protocol'];
  }
  return kind === 'Service' && path.length === 2 ? ['port', 'protocol'] : undefined;
}

function isFree({ custom, path }: Place): boolean {
  return custom && path[0] !== undefined && path[0] !== 'metadata';
}

function nameOf({ path }: Place): string {
  return path.at(-1) ?? '';
}
