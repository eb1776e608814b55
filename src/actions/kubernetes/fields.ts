/** `spec.template.spec.containers[odoo].image` as the keys of managedFields: `f:spec`, …, `k:{"name":"odoo"}`, `f:image`. */
export function fieldKeys(path: string): readonly string[] {
  return [...path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, named, field]) =>
    named === undefined ? `f:${field ?? ''}` : `k:${JSON.stringify({ name: named })}`,
  );
}

/** Whether a FieldsV1 holds the field, or something within it. */
export function holdsField(fields: unknown, path: string): boolean {
  let at: unknown = fields;
  for (const key of fieldKeys(path)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) {
      return false;
    }
    at = (at as Record<string, unknown>)[key];
  }
  return true;
}
