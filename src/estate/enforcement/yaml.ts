import type { Manifest } from './manifest.ts';

/** As kubectl takes it: one document for each object. */
export async function asYaml(manifests: readonly Manifest[]): Promise<string> {
  const { stringify } = await import('yaml');
  return manifests.map((manifest) => stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}
