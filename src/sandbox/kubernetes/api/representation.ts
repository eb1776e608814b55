import { notAcceptable } from './status.ts';

/** How an answer shows objects (facts: kubernetes-verified.md §6). */
export type Representation =
  | { readonly as: 'object' }
  | { readonly as: 'metadata' }
  | { readonly as: 'table'; readonly include: 'None' | 'Metadata' | 'Object'; readonly version: string };

/** Picks the first form of `Accept` that we can give. Throws 406. */
export function representationOf(accept: string | undefined, includeObject: string | null): Representation {
  for (const { type, parameters } of mediaTypes(accept)) {
    if (!['application/json', 'application/*', '*/*'].includes(type)) {
      continue;
    }
    switch (parameters.get('as')) {
      case undefined:
        return { as: 'object' };
      case 'Table':
        return { as: 'table', include: included(includeObject), version: parameters.get('v') ?? 'v1' };
      case 'PartialObjectMetadata':
      case 'PartialObjectMetadataList':
        return { as: 'metadata' };
    }
  }
  throw notAcceptable();
}

/** Which of the aggregated discovery's forms a client takes; undefined means the plain lists. */
export function discoveryVersionOf(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const { type, parameters } of mediaTypes(accept)) {
    const version = parameters.get('v');
    if (parameters.get('g') === 'apidiscovery.k8s.io' && (version === 'v2' || version === 'v2beta1')) {
      return version;
    }
    if (type === 'application/json' || type === '*/*') {
      return undefined;
    }
  }
  return undefined;
}

interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

function mediaTypes(accept = '*/*'): readonly MediaType[] {
  return accept.split(',').map((each) => {
    const [type = '', ...parameters] = each.split(';').map((part) => part.trim());
    return {
      type: type === '' ? '*/*' : type,
      parameters: new Map(parameters.map((part) => part.split('=') as [string, string])),
    };
  });
}

function included(asked: string | null): 'None' | 'Metadata' | 'Object' {
  return asked === 'None' || asked === 'Object' ? asked : 'Metadata';
}
