import { object } from '#systems/kubernetes/foreign.ts';
import { managerOf } from '#systems/kubernetes/open-writer.ts';
import { ReadFailure } from '#systems/source.ts';
import type { ActWorld } from '../action.ts';
import type { Plan, PlanObject } from '../plan.ts';
import { labelOf, objectPath } from './object-path.ts';
import { isStamped } from './owners.ts';

type Found = 'applied' | 'absent' | 'indeterminate';

/**
 * Whether an operation's writes are on their targets, by the field manager that it stamped. Absent only with proof: the
 * generation is the one that was planned, and a write would have raised it.
 */
export async function findStamp(
  { objects, changes }: Pick<Plan, 'objects' | 'changes'>,
  world: ActWorld,
  operation: string,
): Promise<Found> {
  const touched = objects.filter((planned) => changes.some(({ object: label }) => label === labelOf(planned)));
  const found: Found[] = [];
  for (const planned of touched) {
    const fields = changes.filter(({ object: label }) => label === labelOf(planned)).map(({ field }) => field);
    found.push(await findOn(planned, fields, world, operation));
  }
  const [first = 'indeterminate'] = found;
  return found.every((each) => each === first) ? first : 'indeterminate';
}

async function findOn(
  planned: PlanObject,
  fields: readonly string[],
  world: ActWorld,
  operation: string,
): Promise<Found> {
  const cluster = await world.cluster(planned.cluster ?? '');
  try {
    const held = object(await cluster.get(objectPath(planned)));
    const metadata = object(held['metadata']);
    if (planned.uid !== null && metadata['uid'] !== planned.uid) {
      return 'indeterminate';
    }
    const manager = managerOf({ id: operation });
    if (fields.some((field) => isStamped(held, manager, field))) {
      return 'applied';
    }
    return planned.version !== null && String(metadata['generation']) === planned.version ? 'absent' : 'indeterminate';
  } catch (error) {
    // It was to be created, and it is not there.
    if (error instanceof ReadFailure && error.code === '404' && planned.uid === null) {
      return 'absent';
    }
    throw error;
  }
}
