import type { Kind } from '../kinds/kind.ts';

export const openApiV2Type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * OpenAPI v2 as gnostic's protobuf: kubectl takes no other form of it, and asks for it when it applies a List. It looks for one
 * thing only, whether PATCH of a kind knows `fieldValidation`.
 */
export function openApiV2(kinds: readonly Kind[]): Buffer {
  const info = message([1, text('Kubernetes')], [2, text('v1')]);
  const paths = kinds.map((kind): Field => [2, message([1, text(`/${kind.group}/${kind.plural}`)], [2, pathOf(kind)])]);
  return message([1, text('2.0')], [2, info], [8, message(...paths)]);
}

function pathOf({ group, version, kind }: Kind): Buffer {
  const parameter = (name: string): Buffer =>
    // Parameter → NonBodyParameter → QueryParameterSubSchema
    message([1, message([2, message([3, message([2, text('query')], [4, text(name)])])])]);
  const named = message(
    [1, text('x-kubernetes-group-version-kind')],
    [2, message([2, text(yaml(group, version, kind))])],
  );
  const patch = message(...['dryRun', 'fieldManager', 'fieldValidation'].map((name): Field => [8, parameter(name)]), [
    13,
    named,
  ]);
  return message([8, patch]);
}

function yaml(group: string, version: string, kind: string): string {
  return JSON.stringify({ group, version, kind });
}

type Field = readonly [number, Buffer];

/** Length-delimited fields, which is all that is needed here. */
function message(...fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.flatMap(([tag, value]) => [varint(tag * 8 + 2), varint(value.length), value]));
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    bytes.push(left < 128 ? left : (left % 128) + 128);
    if (left < 128) {
      return Buffer.from(bytes);
    }
  }
}

function text(value: string): Buffer {
  return Buffer.from(value);
}
