/** The JSON Schema (draft 2020-12) of `estate.yaml`, for editors and for checks without till. */
export async function estateJsonSchema(): Promise<Readonly<Record<string, unknown>>> {
  const [{ toJsonSchema }, { estateSchema }] = await Promise.all([
    import('@valibot/to-json-schema'),
    import('./schema.ts'),
  ]);
  // What a person writes is described, not what the loader makes of it; a check that JSON Schema cannot say is left out.
  const schema = toJsonSchema(estateSchema, { typeMode: 'input', errorMode: 'ignore', target: 'draft-2020-12' });
  return { title: 'estate.yaml of till', ...schema };
}
