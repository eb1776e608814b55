import { describe, expect, it } from 'vitest';
import { withoutManagedFields } from '#systems/kubernetes/managed-fields.ts';

const parsed = (value: unknown) => JSON.parse(withoutManagedFields(Buffer.from(JSON.stringify(value))));

describe('an object without its managed fields', () => {
  const managedFields = [{ manager: 'kubectl', fieldsV1: { 'f:spec': { 'k:{"name":"a\\"b"}': {} } } }];

  it('keeps everything else', () => {
    const object = { type: 'ADDED', object: { metadata: { name: 'a', managedFields }, spec: { x: [1] }, status: {} } };
    expect(parsed(object)).toEqual({ type: 'ADDED', object: { ...object.object, metadata: { name: 'a' } } });
  });

  it.each([
    [
      'something follows them in the metadata',
      { metadata: { name: 'a', managedFields, labels: { b: 'c' } }, spec: {} },
    ],
    ['no spec follows', { metadata: { name: 'a', managedFields } }],
    ['there is an array within them', { metadata: { name: 'a', managedFields: [{ x: [1] }] }, spec: {} }],
    ['a text only looks like them', { metadata: { annotations: { a: ',"managedFields":[]},"spec":' } }, spec: {} }],
    ['a label has their name', { metadata: { name: 'a', labels: { x: 'y', managedFields: 'z' } }, spec: {} }],
  ])('is whole where %s', (_, object) => {
    expect(parsed(object)).toEqual(object);
  });
});
