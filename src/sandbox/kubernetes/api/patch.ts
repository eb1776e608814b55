import { jsonPatched } from './json-patch.ts';
import { mergePatched } from './merge-patch.ts';
import { unsupportedMediaType } from './status.ts';
import { strategicallyPatched } from './strategic-patch.ts';

const kinds: Readonly<Record<string, (target: unknown, patch: unknown) => unknown>> = {
  'application/json-patch+json': jsonPatched,
  'application/merge-patch+json': mergePatched,
  'application/strategic-merge-patch+json': strategicallyPatched,
};

/** An object after a patch of the form that the content type names. Custom kinds know no strategic one. Throws 415, 422. */
export function afterPatch(target: unknown, patch: unknown, contentType: string, isCustom: boolean): unknown {
  const apply = isCustom && contentType.includes('strategic') ? undefined : kinds[contentType];
  if (apply === undefined) {
    throw unsupportedMediaType();
  }
  return apply(target, patch);
}
