/** What a person must give before an action of this danger runs (design §4, step 4). */
export type Confirmation =
  | { readonly kind: 'none' }
  /** y/N, or --yes; a name given with --confirm has to be the right one all the same. */
  | { readonly kind: 'yes'; readonly text?: string }
  /** Typed out, or --confirm=TEXT; --yes does not cover it. */
  | { readonly kind: 'typed'; readonly text: string };

export function confirmationFor(
  danger: 'mild' | 'moderate' | 'severe',
  target: {
    readonly confirmWith: string;
    readonly count: number;
    /** It touches more than who was named: a pool is widened by name only, whatever the danger. */
    readonly isShared?: boolean;
  },
): Confirmation {
  switch (danger) {
    case 'mild':
      return { kind: 'none' };
    case 'moderate':
      return target.isShared === true ? typed(target) : { ...typed(target), kind: 'yes' };
    case 'severe':
      return typed(target);
  }
}

function typed({ confirmWith, count }: { readonly confirmWith: string; readonly count: number }) {
  return { kind: 'typed', text: count === 1 ? confirmWith : `${count} tenants` } as const;
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
      return given.yes || (given.confirm !== null && given.confirm === (needed.text ?? given.confirm));
    case 'typed':
      return given.confirm === needed.text;
  }
}
