import { type Foreign, object, text } from '#systems/kubernetes/foreign.ts';
import type { ObjectPath } from '#systems/kubernetes/writer.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import type { ActWorld } from '../action.ts';
import type { PlanObject } from '../plan.ts';
import { objectPath } from './object-path.ts';

/** What stands behind a plan's object now, if it is still the one that was planned; nothing was written before this. */
export async function readPinned(planned: PlanObject, world: ActWorld): Promise<Foreign> {
  const cluster = await world.cluster(planned.cluster ?? '');
  const held = object(
    await cluster.get(objectPath(planned)).catch((error: unknown) => {
      if (error instanceof ReadFailure) {
        throw new WriteFailure('refused', `it could not be read before writing: ${error.message}`, error.code);
      }
      throw error;
    }),
  );
  const metadata = object(held['metadata']);
  const generation = typeof metadata['generation'] === 'number' ? String(metadata['generation']) : null;
  if (metadata['uid'] !== planned.uid) {
    throw new WriteFailure('refused', `${planned.name} is another one by the same name now`, '409', true);
  }
  if (planned.version !== null && generation !== planned.version) {
    throw new WriteFailure(
      'refused',
      `${planned.name} has been changed (generation ${planned.version}, now ${generation ?? '?'})`,
      '409',
      true,
    );
  }
  return held;
}

/** The preconditions of a write to it: its uid, and the version just read. */
export function preconditionsOf(planned: PlanObject, held: Foreign, subresource = ''): ObjectPath {
  const metadata = object(held['metadata']);
  return {
    path: `${objectPath(planned)}${subresource}`,
    uid: text(metadata['uid']),
    resourceVersion: text(metadata['resourceVersion']),
  };
}
