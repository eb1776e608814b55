/**
 * `spec.template.spec.containers[odoo].image` as the keys of managedFields: `f:spec`, …, `k:{"name":"odoo"}`, `f:image`. Brackets
 * after `annotations` and `labels` hold a field's name, which may have dots.
 */
export function fieldKeys(path: string): readonly string[] {
  const parts = [...path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)];
  return parts.map(([, named, field], index) => {
    const isMap = ['annotations', 'labels'].includes(parts[index - 1]?.[2] ?? '');
    return named === undefined || isMap ? `f:${named ?? field ?? ''}` : `k:${JSON.stringify({ name: named })}`;
  });
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
