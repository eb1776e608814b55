/** A password, asked for when a server first wants one and kept until it has been refused. */
export interface Password {
  /** Empty where the estate names none. */
  get(): Promise<string>;
  /** It was good: from now on a refusal may mean that it has been changed. */
  accepted(): void;
  /** It was refused. True when one asked for anew might differ: it had been kept from an earlier time. */
  refused(): boolean;
}

export function openPassword(ask: () => Promise<string | undefined>): Password {
  let kept: { readonly value: string; used: boolean } | null = null;
  return {
    async get() {
      kept ??= { value: (await ask()) ?? '', used: false };
      return kept.value;
    },
    accepted() {
      if (kept !== null) {
        kept.used = true;
      }
    },
    refused() {
      const wasOld = kept?.used === true;
      kept = null;
      return wasOld;
    },
  };
}
