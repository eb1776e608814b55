/** A request as it is typed, field by field; the same words as the flags of `till access request`. */
export interface AccessForm {
  readonly tenants: string;
  readonly actions: string;
  readonly for: string;
  readonly reason: string;
  readonly ticket: string;
  readonly plan: string;
}

export const emptyForm: AccessForm = { tenants: '', actions: '', for: '', reason: '', ticket: '', plan: '' };
