import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { type Foreign, object, objects, text } from '#systems/kubernetes/foreign.ts';
import { ReadFailure } from '#systems/source.ts';

/** Pages of a thousand; more of one kind is a cluster whose backups nobody can look through. */
const pageSize = 500;
const mostPages = 40;

/** Every object of a kind in all namespaces; null where the cluster has no such kind. Throws ReadFailure otherwise. */
export async function listOf(
  cluster: ClusterReader,
  group: string,
  plural: string,
): Promise<readonly Foreign[] | null> {
  const found: Foreign[] = [];
  let next = '';
  for (let page = 0; page < mostPages; page += 1) {
    const more = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
    const path = `/apis/${group}/${plural}?limit=${pageSize}${more}`;
    let answer: Foreign;
    try {
      answer = object(await cluster.get(path, { deadlineMs: 15_000 }));
    } catch (error) {
      if (error instanceof ReadFailure && (error.code === '404' || !(await isThere(cluster, group, error)))) {
        return null;
      }
      throw error;
    }
    found.push(...objects(answer['items']));
    next = text(object(answer['metadata'])['continue'], 4096);
    if (next === '') {
      break;
    }
  }
  return found;
}

/** An API server forbids before it looks whether there is such a kind; which groups there are everybody may ask. */
async function isThere(cluster: ClusterReader, group: string, { code }: ReadFailure): Promise<boolean> {
  if (code !== '403') {
    return true;
  }
  try {
    await cluster.get(`/apis/${group.split('/')[0] ?? ''}`, { deadlineMs: 5_000 });
    return true;
  } catch (error) {
    return !(error instanceof ReadFailure && error.code === '404');
  }
}
