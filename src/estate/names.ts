import { readFile } from 'node:fs/promises';

/** The names in an estate file, for completion: read without any check, so that a file being written completes too. */
export interface NamesInFile {
  readonly id: string | null;
  readonly tenant: readonly string[];
  readonly tier: readonly string[];
  readonly retailer: readonly string[];
  readonly cluster: readonly string[];
}

export async function namesIn(path: string): Promise<NamesInFile> {
  const { parse } = await import('yaml');
  const estate = record(parse(await readFile(path, 'utf8'), { logLevel: 'silent' }));
  const tenants = Array.isArray(estate['tenants']) ? estate['tenants'].map(record) : [];
  const { id } = estate;
  return {
    id: typeof id === 'string' ? id : null,
    tenant: texts(tenants.map(({ name }) => name)),
    tier: Object.keys(record(estate['tiers'])),
    retailer: texts(tenants.map(({ retailer }) => retailer)),
    cluster: Object.keys(record(estate['clusters'])),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function texts(values: readonly unknown[]): readonly string[] {
  return [...new Set(values.filter((value) => typeof value === 'string'))].sort();
}
