import { type Shape, shapes } from './protobuf-shapes.ts';

/**
 * Kubernetes' protobuf, as far as kubectl sends it and nothing else: `auth`, `create token`, `create role` and their like post it
 * (1.36; 1.32 for the reviews) and accept JSON back. What has no shape here is refused with 415, as an unknown content type is.
 */
export const protobufType = 'application/vnd.kubernetes.protobuf';

/** The JSON that the body would have been; undefined for a kind whose shape is not known. */
export function objectFromProtobuf(body: Buffer): Record<string, unknown> | undefined {
  if (body.subarray(0, 4).toString('latin1') !== 'k8s\0') {
    return undefined;
  }
  const envelope = decoded(body.subarray(4), { 1: ['type', { 1: ['apiVersion', 'text'], 2: ['kind', 'text'] }] });
  const { apiVersion, kind } = (envelope['type'] ?? {}) as { readonly apiVersion?: string; readonly kind?: string };
  const shape = shapes[kind ?? ''];
  const raw = [...fieldsOf(body.subarray(4))].find(({ field }) => field === 2)?.value;
  return shape === undefined ? undefined : { apiVersion, kind, ...decoded(buffer(raw), shape) };
}

/** Empty texts are left out, as Go's `omitempty` does on the way to JSON. */
function decoded(message: Buffer, shape: Shape): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { field, value } of fieldsOf(message)) {
    const [name, type] = shape[field] ?? [];
    if (name === undefined || type === undefined) {
      continue;
    }
    if (type === 'texts') {
      object[name] = [...((object[name] as string[] | undefined) ?? []), text(value)];
    } else if (type === 'map' || type === 'bytes map' || type === 'quantity map') {
      object[name] = { ...(object[name] as object | undefined), ...pair(buffer(value), type) };
    } else if (Array.isArray(type)) {
      object[name] = [...((object[name] as object[] | undefined) ?? []), decoded(buffer(value), type[0])];
    } else {
      const single = scalar(value, type as Exclude<typeof type, readonly [Shape]>);
      if (single !== '') {
        object[name] = single;
      }
    }
  }
  return object;
}

function scalar(value: Buffer | bigint, type: 'text' | 'number' | 'number or text' | 'flag' | Shape): unknown {
  switch (type) {
    case 'text':
      return text(value);
    case 'number':
      return Number(BigInt.asIntN(64, value as bigint));
    case 'number or text': {
      const { kind, number = 0, words } = decoded(buffer(value), intOrString);
      return kind === 1 ? words : number;
    }
    case 'flag':
      return value === 1n;
    default:
      return decoded(buffer(value), type);
  }
}

const intOrString: Shape = { 1: ['kind', 'number'], 2: ['number', 'number'], 3: ['words', 'text'] };

function pair(entry: Buffer, type: 'map' | 'bytes map' | 'quantity map'): object {
  const [key, value] = [1, 2].map((wanted) => [...fieldsOf(entry)].find(({ field }) => field === wanted)?.value ?? '');
  switch (type) {
    case 'map':
      return { [text(key)]: text(value) };
    case 'quantity map':
      return { [text(key)]: decoded(buffer(value), { 1: ['quantity', 'text'] })['quantity'] };
    default:
      return { [text(key)]: buffer(value).toString('base64') };
  }
}

function text(value: Buffer | bigint | string | undefined): string {
  return value === undefined ? '' : value.toString();
}

function buffer(value: Buffer | bigint | string | undefined): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

interface Field {
  readonly field: number;
  /** Bytes of what has a length, or a number. */
  readonly value: Buffer | bigint;
}

function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; at < message.length; shift += 7n) {
      const byte = message[at] ?? 0;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        break;
      }
    }
    return value;
  };
  while (at < message.length) {
    const tag = Number(varint());
    const field = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield { field, value: varint() };
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = Number(varint());
        yield { field, value: message.subarray(at, at + length) };
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        return;
    }
  }
}
