import { describe, expect, it } from 'vitest';
import { ListItems } from '#systems/kubernetes/list-items.ts';

const items = [{ name: 'brackets ]}[{ and a quote " and \\', list: [[1], { a: [] }], empty: {} }, { name: 'é' }, {}];

function cut(bytes: Buffer, size: number) {
  const list = new ListItems();
  const found: unknown[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    for (const item of list.of(bytes.subarray(at, at + size))) {
      found.push(JSON.parse(String(item)));
    }
  }
  return { found, list: list.list() };
}

describe("a list's items", () => {
  const metadata = { resourceVersion: '7', continue: 'x,[{"', things: ['a', { b: 1 }] };

  it.each([
    ['after its metadata, as Go writes it', { kind: 'PodList', metadata, items }],
    ['before its metadata', { items, kind: 'PodList', metadata }],
    ['none at all', { kind: 'PodList', metadata, items: [] }],
    ['null, as Go writes none', { kind: 'PodList', metadata, items: null }],
  ])('are found however the bytes are cut: %s', (_, given) => {
    for (const space of [undefined, 2]) {
      const bytes = Buffer.from(JSON.stringify(given, undefined, space));
      for (const size of [1, 2, 3, 7, 64, bytes.length]) {
        const { found, list } = cut(bytes, size);
        expect(found).toEqual(given.items ?? []);
        expect(list).toMatchObject({ kind: 'PodList', metadata });
      }
    }
  });

  it('of what is cut off are no list', () => {
    expect(() => cut(Buffer.from('{"items":[{"a":1},{"b"'), 4)).toThrow(SyntaxError);
  });
});
