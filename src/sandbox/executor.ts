import { version } from '#text/version.ts';

/** Where long work of a team's sandbox runs; its kubelet starts till itself for this image. */
export const executor = {
  cluster: 'sandbox',
  namespace: 'till-executor',
  serviceAccount: 'till-executor',
  image: `till:${version}`,
} as const;
