import { expect, it } from 'vitest';
import { each, tableAccept } from './client.ts';
import { defineKind, type Server } from './objects.ts';

export function customKindContract(server: Server): void {
  it('are served once they are defined, with kind and version in the items of a list', async () => {
    const { path, kind, object } = await defineKind(server());
    await server().admin.post(path, object({ size: 3 }));
    expect(await server().admin.get(path)).toMatchObject({
      kind: `${kind}List`,
      apiVersion: 'contract.till.dev/v1',
      items: [{ kind, apiVersion: 'contract.till.dev/v1', metadata: { generation: 1 }, spec: { size: 3 } }],
    });
  });

  it('have a table of name and age, or of the columns that they declare', async () => {
    const columns = async (path: string): Promise<readonly unknown[]> => {
      const table = await server().admin.get(path, tableAccept);
      return each(table['columnDefinitions']).map(({ name, type, priority }) => [name, type, priority]);
    };
    const plain = await defineKind(server());
    expect(await columns(plain.path)).toEqual([
      ['Name', 'string', 0],
      ['Age', 'date', 0],
    ]);
    const { path, object } = await defineKind(server(), [
      { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
      { name: 'First', type: 'string', jsonPath: '.spec.list[0].name', priority: 1 },
    ]);
    expect(await columns(path)).toEqual([
      ['Name', 'string', 0],
      ['Size', 'integer', 0],
      ['First', 'string', 1],
    ]);
    await server().admin.post(path, object({ size: 3, list: [{ name: 'one' }] }));
    expect((await server().admin.get(path, tableAccept))['rows']?.[0]?.['cells']).toEqual(['a', 3, 'one']);
  });
}
