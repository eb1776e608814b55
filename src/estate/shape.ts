import type * as v from 'valibot';
import type { Path } from './problem.ts';
import { estateSchema } from './schema.ts';
import { secretReference } from './values.ts';

/** As much of a valibot schema as is needed to find the place that an issue is about. */
export interface Shape {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Shape>>;
  readonly wrapped?: Shape;
  readonly value?: Shape;
  readonly item?: Shape;
  readonly options?: readonly unknown[];
}

export const estateShape = asShape(estateSchema);

/** The schema that governs a place. */
export function shapeAt(path: Path): Shape | undefined {
  let shape: Shape | undefined = unwrapped(estateShape);
  for (const part of path) {
    if (shape?.type === 'union') {
      // On a path into a union, the option is the one that knows the next key.
      shape = optionsOf(shape)
        .map(({ shape: option }) => unwrapped(option))
        .find((option) => option?.entries !== undefined && Object.hasOwn(option.entries, part));
    }
    const next: Shape | undefined =
      typeof part === 'number'
        ? shape?.item
        : (shape?.entries?.[part] ?? (shape?.type === 'record' ? shape.value : undefined));
    shape = unwrapped(next);
  }
  return shape;
}

export function unwrapped(shape: Shape | undefined): Shape | undefined {
  let inner = shape;
  while (inner?.wrapped !== undefined) {
    inner = inner.wrapped;
  }
  return inner;
}

export function isSecret(shape: Shape | undefined): boolean {
  return shape !== undefined && shape === asShape(secretReference);
}

interface Option {
  readonly schema: v.GenericSchema;
  readonly shape: Shape;
}

function optionsOf(shape: Shape): readonly Option[] {
  return (shape.options ?? []).filter(isSchema).map((schema) => ({ schema, shape: asShape(schema) }));
}

export function likeliest(shape: Shape, input: Readonly<Record<string, unknown>>): Option | undefined {
  const shared = ({ shape: { entries = {} } }: Option) =>
    Object.keys(input).filter((key) => Object.hasOwn(entries, key));
  return optionsOf(shape).reduce<Option | undefined>(
    (best, option) => (best === undefined || shared(option).length > shared(best).length ? option : best),
    undefined,
  );
}

function isSchema(value: unknown): value is v.GenericSchema {
  return isRecord(value) && value['kind'] === 'schema';
}

function asShape(schema: v.GenericSchema): Shape {
  return schema as unknown as Shape;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
