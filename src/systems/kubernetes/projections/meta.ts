import { type Foreign, message, object, objects, shared, text, textOrNull, texts, time } from '../foreign.ts';
import type { ConditionRow, RowMeta } from '../rows.ts';

/** What every row has. A missing uid is replaced by the place in the API, which is as unique while the object lives. */
export function metaOf(foreign: Foreign): RowMeta {
  const metadata = object(foreign['metadata']);
  const namespace = shared(text(metadata['namespace']));
  const name = text(metadata['name']);
  return {
    uid: textOrNull(metadata['uid']) ?? `${namespace}/${name}`,
    namespace,
    name,
    resourceVersion: text(metadata['resourceVersion']),
    labels: texts(metadata['labels']),
    createdAt: time(metadata['creationTimestamp']) ?? 0,
  };
}

export function conditionsOf(foreign: Foreign): readonly ConditionRow[] {
  return objects(object(foreign['status'])['conditions']).map((condition) => ({
    type: shared(text(condition['type'])),
    status: shared(text(condition['status'])),
    reason: textOrNull(condition['reason']),
    message: message(condition['message']),
    changedAt: time(condition['lastTransitionTime']),
  }));
}
