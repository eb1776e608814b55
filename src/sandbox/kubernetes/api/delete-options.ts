import { type Kind, qualified } from '../kinds/kind.ts';

/** Whether what it owns stays: asked for, or left unsaid for a Job, whose first version had it so. */
export function leavesBehind(kind: Kind, body: object, query: URLSearchParams): boolean {
  const { propagationPolicy = query.get('propagationPolicy') } = body as { readonly propagationPolicy?: string };
  return propagationPolicy === null ? qualified(kind) === 'jobs.batch' : propagationPolicy === 'Orphan';
}
