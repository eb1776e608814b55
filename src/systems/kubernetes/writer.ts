import type { Operation } from '../operation.ts';

export interface ObjectPath {
  /** `/apis/apps/v1/namespaces/maple-toys/deployments/odoo-web`, with `/scale` where meant. */
  readonly path: string;
  readonly uid: string;
  /** Read just before, after the digest was compared. */
  readonly resourceVersion: string;
}

export type Written = { readonly uid: string; readonly resourceVersion: string; readonly generation: number | null };

/**
 * Writes to one cluster. Each carries `Audit-ID: <operation>` and `fieldManager=till-<operation>`, the only stamp that
 * `/scale` keeps (facts: kubernetes-verified.md §4, §7). Throws WriteFailure.
 */
export interface ClusterWriter {
  /** Merge patch with uid and resourceVersion as preconditions. */
  mergePatch(operation: Operation, target: ObjectPath, patch: object): Promise<Written>;
  /** Replaces `/spec/template` and nothing else (JSON Patch with tests of uid and resourceVersion). */
  replaceTemplate(operation: Operation, target: ObjectPath, template: object, changeCause: string): Promise<Written>;
  create(operation: Operation, collectionPath: string, object: object): Promise<Written>;
  /** `Background`: with what it owns; a Job's pods would stay otherwise (batch/v1 orphans them unless it is asked). */
  remove(operation: Operation, target: ObjectPath, propagation?: 'Background'): Promise<void>;
}

/** Asks the API server what it would say, writing nothing (`dryRun=All`); part of planning, so it needs no Operation. */
export interface DryRunner {
  dryRun(
    method: 'PATCH' | 'POST' | 'DELETE',
    path: string,
    body: object | null,
    contentType?: string,
  ): Promise<{ readonly answer: 'ok' | 'refused' | 'forbidden'; readonly message: string | null }>;
}
