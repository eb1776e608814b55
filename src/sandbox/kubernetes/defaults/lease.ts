import { badRequest, type InvalidField, invalid } from '../api/status.ts';
import type { SeedObject } from '../types.ts';

/** Go's MicroTime takes exactly six digits. */
const microTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}(Z|[+-]\d{2}:\d{2})$/;

/** Throws the server's 400 or 422 for a Lease that makes no sense. */
export function checkedLease(object: SeedObject): SeedObject {
  const spec = (object.spec ?? {}) as Readonly<Record<string, unknown>>;
  for (const field of ['acquireTime', 'renewTime']) {
    const time = spec[field];
    if (time !== undefined && time !== null && !microTime.test(String(time))) {
      throw badRequest(
        `Lease in version "v1" cannot be handled as a Lease: parsing time ${JSON.stringify(time)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse ${JSON.stringify(time)} as "2006"`,
      );
    }
  }
  const problems = [
    ...tooSmall(spec, 'leaseDurationSeconds', 1, 'must be greater than 0'),
    ...tooSmall(spec, 'leaseTransitions', 0, 'must be greater than or equal to 0'),
  ];
  if (problems.length > 0) {
    throw invalid('Lease', 'coordination.k8s.io', object.metadata.name, problems);
  }
  return object;
}

function tooSmall(
  spec: Readonly<Record<string, unknown>>,
  field: string,
  least: number,
  why: string,
): readonly InvalidField[] {
  const value = spec[field];
  return typeof value !== 'number' || value >= least
    ? []
    : [{ reason: 'FieldValueInvalid', field: `spec.${field}`, message: `Invalid value: ${value}: ${why}` }];
}
