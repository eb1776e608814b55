import type { SeedObject } from '../types.ts';

const group = 'traefik.io';

/** Traefik is in front of every tenant, so its kinds are there from the start, as its Helm chart brings them. */
export const customResources: readonly SeedObject[] = [
  definition('IngressRoute', 'ingressroutes'),
  definition('Middleware', 'middlewares'),
  definition('TLSOption', 'tlsoptions'),
  definition('TraefikService', 'traefikservices'),
];

function definition(kind: string, plural: string): SeedObject {
  const names = { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names,
      scope: 'Namespaced',
      conversion: { strategy: 'None' },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
    status: {
      acceptedNames: names,
      storedVersions: ['v1alpha1'],
      conditions: ['NamesAccepted', 'Established'].map((type) => ({
        type,
        status: 'True',
        reason: type === 'Established' ? 'InitialNamesAccepted' : 'NoConflicts',
        message: type === 'Established' ? 'the initial names have been accepted' : 'no conflicts found',
      })),
    },
  };
}
