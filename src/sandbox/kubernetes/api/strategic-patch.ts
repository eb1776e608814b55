/** What tells the entries of a list apart; a list that is not here is replaced whole. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  imagePullSecrets: 'name',
  conditions: 'type',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
};

type Fields = Record<string, unknown>;

/** Strategic merge patch, as far as workloads need it: lists of named things merge by name, `$patch` replaces or deletes. */
export function strategicallyPatched(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) {
    return patch;
  }
  const { $patch, ...rest } = patch;
  const merged: Fields = isFields(target) && $patch !== 'replace' ? { ...target } : {};
  for (const [key, value] of Object.entries(rest)) {
    if (key.startsWith('$')) {
      continue;
    }
    if (value === null) {
      delete merged[key];
    } else {
      merged[key] = Array.isArray(value) ? listOf(key, merged[key], value) : strategicallyPatched(merged[key], value);
    }
  }
  return merged;
}

function listOf(field: string, before: unknown, patch: readonly unknown[]): unknown {
  const key = field === 'ports' ? portKey(patch) : mergeKeys[field];
  if (key === undefined || !Array.isArray(before) || !patch.every(isFields)) {
    return patch.filter((entry) => !isFields(entry) || entry['$patch'] === undefined);
  }
  let list: readonly unknown[] = before;
  for (const entry of patch) {
    const isSame = (known: unknown): boolean => isFields(known) && known[key] === entry[key];
    if (entry['$patch'] === 'delete') {
      list = list.filter((known) => !isSame(known));
    } else if (list.some(isSame)) {
      list = list.map((known) => (isSame(known) ? strategicallyPatched(known, entry) : known));
    } else {
      list = [...list, strategicallyPatched({}, entry)];
    }
  }
  return list;
}

/** Ports of a container are told apart by `containerPort`, those of a Service by `port`. */
function portKey(patch: readonly unknown[]): string {
  return patch.some((entry) => isFields(entry) && entry['containerPort'] !== undefined) ? 'containerPort' : 'port';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
