import type { StoredObject } from '../types.ts';
import type { CustomColumn, Kind, Subresource } from './kind.ts';

interface DefinitionSpec {
  readonly group: string;
  readonly scope: string;
  readonly names: {
    readonly kind: string;
    readonly plural: string;
    readonly singular?: string;
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
  };
  readonly versions: readonly {
    readonly name: string;
    readonly served: boolean;
    readonly subresources?: { readonly status?: object; readonly scale?: object };
    readonly additionalPrinterColumns?: readonly CustomColumn[];
  }[];
}

/** In this order, unlike built-in kinds: read from a real server. */
const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** The kinds that a CustomResourceDefinition adds, one a served version. */
export function customKinds(definition: StoredObject): readonly Kind[] {
  const spec = definition.spec as DefinitionSpec;
  return spec.versions
    .filter((version) => version.served)
    .map((version) => ({
      group: spec.group,
      version: version.name,
      kind: spec.names.kind,
      plural: spec.names.plural,
      singular: spec.names.singular ?? spec.names.kind.toLowerCase(),
      namespaced: spec.scope === 'Namespaced',
      shortNames: spec.names.shortNames ?? [],
      categories: spec.names.categories ?? [],
      verbs,
      subresources: subresourcesOf(spec.names.kind, version.subresources),
      generation: true,
      custom: true,
      ...(version.additionalPrinterColumns === undefined ? {} : { columns: version.additionalPrinterColumns }),
    }));
}

function subresourcesOf(
  kind: string,
  declared: DefinitionSpec['versions'][number]['subresources'],
): readonly Subresource[] {
  const change = ['get', 'patch', 'update'];
  return [
    ...(declared?.status === undefined ? [] : [{ name: 'status', kind, verbs: change }]),
    ...(declared?.scale === undefined
      ? []
      : [{ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: change }]),
  ];
}
