import type { Authorizer } from '../access/rbac.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Store } from '../store/store.ts';
import { Policies } from './policies.ts';
import { quotaRefusal } from './quota.ts';
import type { AdmissionRequest, Findings } from './request.ts';

/** Who may still say no to a write that RBAC allows: policies first, quotas last, as on a real server. */
export class Admission {
  readonly #store: Store;
  readonly #policies: Policies;

  constructor(store: Store, rbac: Authorizer) {
    this.#store = store;
    this.#policies = new Policies(store, rbac);
  }

  /** To be awaited before a write to a kind is judged. */
  ready(kind: Kind): Promise<void> {
    return this.#policies.ready(kind);
  }

  judge(request: AdmissionRequest): Findings {
    const findings = this.#policies.judge(request);
    const { operation, kind, subresource, object, oldObject } = request;
    const isCounted = object !== undefined && subresource === undefined && operation !== 'CONNECT';
    if (findings.refusal !== undefined || !isCounted) {
      return findings;
    }
    return { ...findings, refusal: quotaRefusal(this.#store, kind, object, oldObject) };
  }
}
