import { type Manifest, ownLabels } from './manifest.ts';

/** With what they were printed, so that doctor can tell drift from another choice. */
export const optionsAnnotation = 'till.dev/options';

export interface Rules {
  readonly matchConstraints: object;
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly validations: readonly (readonly [message: string, expression: string])[];
  readonly auditAnnotations?: readonly { readonly key: string; readonly valueExpression: string }[];
}

/** A ValidatingAdmissionPolicy and what puts it in force. */
export function admissionPolicy(name: string, said: object, { validations, ...rules }: Rules): readonly Manifest[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name, labels: ownLabels, annotations: { [optionsAnnotation]: JSON.stringify(said) } };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        ...rules,
        validations: validations.map(([message, expression]) => ({ reason: 'Forbidden', message, expression })),
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: name, validationActions: ['Deny', 'Audit'] },
    },
  ];
}
