/** By which field the elements of a list are the same, as Kubernetes' types declare it (`patchMergeKey`). */
const mergeKeys: Readonly<Record<string, string>> = {
  conditions: 'type',
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  imagePullSecrets: 'name',
  ownerReferences: 'uid',
  ports: 'containerPort',
  secrets: 'name',
  taints: 'key',
  volumeMounts: 'mountPath',
  volumes: 'name',
};

/** A Service's ports go by another field than a container's. */
const servicePort = 'port';

type Fields = Readonly<Record<string, unknown>>;

/** Strategic merge patch: like a merge patch, but lists of things with a name are merged by it; `$patch` and its like direct. */
export function strategicallyPatched(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) {
    return patch;
  }
  if (patch['$patch'] === 'replace') {
    const { $patch: _, ...replacement } = patch;
    return replacement;
  }
  const merged: Record<string, unknown> = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const list = key.slice('$deleteFromPrimitiveList/'.length);
      merged[list] = listOf(merged[list]).filter((each) => !listOf(value).includes(each));
    } else if (key.startsWith('$')) {
    } else if (value === null) {
      delete merged[key];
    } else {
      merged[key] = Array.isArray(value)
        ? mergedList(key, merged[key], value)
        : strategicallyPatched(merged[key], value);
    }
  }
  return merged;
}

function mergedList(name: string, target: unknown, patch: readonly unknown[]): readonly unknown[] {
  const before = listOf(target);
  if (patch.some((each) => isFields(each) && each['$patch'] === 'replace')) {
    return patch.filter((each) => !(isFields(each) && each['$patch'] === 'replace'));
  }
  const key = keyOf(name, [...before, ...patch]);
  if (key === undefined) {
    return name === 'finalizers' ? [...new Set([...before, ...patch])] : patch;
  }
  let merged = before;
  for (const each of patch.filter(isFields)) {
    const isSame = (other: unknown): boolean => isFields(other) && other[key] === each[key];
    if (each['$patch'] === 'delete') {
      merged = merged.filter((other) => !isSame(other));
    } else if (merged.some(isSame)) {
      merged = merged.map((other) => (isSame(other) ? strategicallyPatched(other, each) : other));
    } else {
      merged = [...merged, strategicallyPatched({}, each)];
    }
  }
  return merged;
}

function keyOf(name: string, elements: readonly unknown[]): string | undefined {
  const key = mergeKeys[name];
  if (key === 'containerPort' && elements.every((each) => isFields(each) && !(key in each))) {
    return servicePort;
  }
  return key;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
