import { type Foreign, number, object, objects, shared, text, textOrNull, time } from '../foreign.ts';
import type { PodRow } from '../rows.ts';
import { metaOf } from './meta.ts';
import { podColumns } from './pod-columns.ts';

export function podRow(foreign: Foreign): PodRow {
  const metadata = object(foreign['metadata']);
  const spec = object(foreign['spec']);
  const status = object(foreign['status']);
  return {
    ...metaOf(foreign),
    phase: shared(text(status['phase'])),
    ...podColumns(metadata, spec, status),
    ready: objects(status['conditions']).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    lastTermination: lastTermination(status),
    node: nullable(spec['nodeName']),
    startedAt: time(status['startTime']),
    deletedAt: time(metadata['deletionTimestamp']),
    owner: ownerOf(metadata),
  };
}

/** The newest end of any container; an init container that ended well is no news. */
function lastTermination(status: Foreign): PodRow['lastTermination'] {
  let newest: PodRow['lastTermination'] = null;
  const look = (container: Foreign, isInit: boolean) => {
    for (const held of [container['lastState'], container['state']]) {
      const terminated = object(held)['terminated'];
      if (typeof terminated !== 'object' || terminated === null) {
        continue;
      }
      const end = object(terminated);
      const exitCode = typeof end['exitCode'] === 'number' ? end['exitCode'] : null;
      const finishedAt = time(end['finishedAt']);
      if ((isInit && exitCode === 0) || (newest !== null && (finishedAt ?? 0) < (newest.finishedAt ?? 0))) {
        continue;
      }
      newest = {
        container: shared(text(container['name'])),
        reason: textOrNull(end['reason']) ?? (number(end['signal']) > 0 ? `Signal:${end['signal']}` : 'Error'),
        exitCode,
        finishedAt,
      };
    }
  };
  for (const container of objects(status['initContainerStatuses'])) {
    look(container, true);
  }
  for (const container of objects(status['containerStatuses'])) {
    look(container, false);
  }
  return newest;
}

function ownerOf(metadata: Foreign): PodRow['owner'] {
  const owners = objects(metadata['ownerReferences']);
  const owner = owners.find(({ controller }) => controller === true) ?? owners[0];
  return owner === undefined
    ? null
    : { kind: shared(text(owner['kind'])), name: shared(text(owner['name'])), uid: shared(text(owner['uid'])) };
}

function nullable(value: unknown): string | null {
  const held = textOrNull(value);
  return held === null ? null : shared(held);
}
