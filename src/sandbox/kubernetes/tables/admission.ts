import type { StoredObject } from '../types.ts';
import type { Table } from './table.ts';
import { since } from './values.ts';

interface Ref {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly name?: string;
  readonly namespace?: string;
}

interface Policy extends StoredObject {
  readonly spec: { readonly validations?: readonly object[]; readonly paramKind?: Ref };
}

interface Binding extends StoredObject {
  readonly spec: { readonly policyName: string; readonly paramRef?: Ref };
}

const age = ({ metadata }: StoredObject, now: number): string => since(metadata.creationTimestamp, now);

export const admissionTables: Readonly<Record<string, Table>> = {
  'validatingadmissionpolicies.admissionregistration.k8s.io': {
    columns: ['Name:string/name', 'Validations:integer', 'ParamKind:string', 'Age:string'],
    cells: (object, now) => {
      const { validations = [], paramKind } = (object as Policy).spec;
      const kind = paramKind === undefined ? '<unset>' : `${paramKind.apiVersion ?? ''}/${paramKind.kind ?? ''}`;
      return [object.metadata.name, validations.length, kind, age(object, now)];
    },
  },
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': {
    columns: ['Name:string/name', 'PolicyName:string', 'ParamRef:string', 'Age:string'],
    cells: (object, now) => {
      const { policyName, paramRef } = (object as Binding).spec;
      const ref = paramRef === undefined ? '<unset>' : `${paramRef.namespace ?? '*'}/${paramRef.name ?? ''}`;
      return [object.metadata.name, policyName, ref, age(object, now)];
    },
  },
};
