import type { Environment, EstateFile, Filestore, Hosting, ThresholdOverrides } from './schema.ts';

/** A loaded estate: what the file says, and where it came from. */
export interface Estate extends EstateFile {
  /** The file it was read from; null when it was made from the current kubeconfig context alone. */
  readonly path: string | null;
}

/** A tenant with every question answered: listed, or found by a selector or a database. */
export interface Tenant {
  readonly name: string;
  readonly retailer: string | null;
  readonly environment: Environment | null;
  readonly tier: string | null;
  readonly hosting: Hosting;
  /** IANA zone; `UTC` when nobody said. */
  readonly timezone: string;
  readonly currency: string | null;
  readonly cluster: string | null;
  readonly namespace: string | null;
  /** Label selector of its workloads; on a shared pool many tenants have the same. */
  readonly selector: string | null;
  readonly postgres: string | null;
  readonly database: string | null;
  readonly redis: string | null;
  readonly front: string | null;
  /** The Host that its users type. */
  readonly host: string | null;
  /** Where its filestore can be read; absent when nobody said. */
  readonly filestore?: Filestore;
  readonly thresholds: ThresholdOverrides;
}
