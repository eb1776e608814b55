/** What a person must give before an action of this danger runs (design §4, step 4). */
export type Confirmation =
  | { readonly kind: 'none' }
  /** y/N, or --yes. */
  | { readonly kind: 'yes' }
  /** Typed out, or --confirm=TEXT; --yes does not cover it. */
  | { readonly kind: 'typed'; readonly text: string };

export function confirmationFor(
  danger: 'mild' | 'moderate' | 'severe',
  target: { readonly confirmWith: string; readonly count: number },
): Confirmation {
  switch (danger) {
    case 'mild':
      return { kind: 'none' };
    case 'moderate':
      return { kind: 'yes' };
    case 'severe':
      return { kind: 'typed', text: target.count === 1 ? target.confirmWith : `${target.count} tenants` };
  }
}

export interface Given {
  readonly yes: boolean;
  readonly confirm: string | null;
}

export function isConfirmed(needed: Confirmation, given: Given): boolean {
  switch (needed.kind) {
    case 'none':
      return true;
    case 'yes':
      return given.yes || given.confirm !== null;
    case 'typed':
      return given.confirm === needed.text;
  }
}
