/**
 * Enough of Kubernetes' protobuf to read the reviews that `kubectl auth` sends in no other form: kubectl 1.32 posts them as
 * protobuf and accepts JSON back. Everything else is refused with 415, as an unknown content type is.
 */
export const protobufType = 'application/vnd.kubernetes.protobuf';

/** The reviews of authorization.k8s.io and authentication.k8s.io, as the JSON that they would have been. */
export function reviewFromProtobuf(body: Buffer): Record<string, unknown> | undefined {
  if (body.subarray(0, 4).toString('latin1') !== 'k8s\0') {
    return undefined;
  }
  const unknown = fieldsOf(body.subarray(4));
  const type = fieldsOf(unknown.get(1));
  const spec = fieldsOf(fieldsOf(unknown.get(2)).get(2));
  const kind = text(type.get(2));
  return { apiVersion: text(type.get(1)), kind, spec: specs[kind]?.(spec) ?? {} };
}

type Fields = ReadonlyMap<number, Buffer>;

const specs: Readonly<Record<string, (spec: Fields) => object>> = {
  SelfSubjectRulesReview: (spec) => ({ namespace: text(spec.get(1)) }),
  SelfSubjectAccessReview: (spec) => {
    const resource = spec.get(1);
    const path = spec.get(2);
    if (resource === undefined) {
      return { nonResourceAttributes: named(fieldsOf(path), ['path', 'verb']) };
    }
    const names = ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'];
    return { resourceAttributes: named(fieldsOf(resource), names) };
  },
};

function named(fields: Fields, names: readonly string[]): object {
  return Object.fromEntries(names.map((name, index) => [name, text(fields.get(index + 1))]));
}

function text(value: Buffer | undefined): string {
  return value?.toString('utf8') ?? '';
}

/** The length-delimited fields of a message; numbers are skipped. */
function fieldsOf(message: Buffer | undefined): Fields {
  const fields = new Map<number, Buffer>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; at < (message?.length ?? 0); shift += 7) {
      const byte = message?.[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        break;
      }
    }
    return value;
  };
  while (message !== undefined && at < message.length) {
    const tag = varint();
    switch (tag & 7) {
      case 0:
        varint();
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        fields.set(tag >>> 3, message.subarray(at, at + length));
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        return fields;
    }
  }
  return fields;
}
