import type { Kind } from '../kinds/kind.ts';
import type { Api, Call } from './api.ts';
import type { Target } from './target.ts';
import type { Review } from './write.ts';

/** Lets admission judge what a request would write; warnings go into the answer's header. Throws a Refusal. */
export function reviewOf(
  { admission }: Api,
  { response, query, who, audit }: Call,
  { target, kind, verb }: { readonly target: Target; readonly kind: Kind; readonly verb: string },
  isDryRun: boolean,
): (review: Parameters<Review>[0], deleteOptions?: Readonly<Record<string, unknown>>) => void {
  return ({ operation, object, oldObject }, deleteOptions) => {
    const findings = admission.judge({
      operation,
      kind,
      subresource: target.subresource,
      namespace: kind.namespaced ? target.namespace : undefined,
      name: verb === 'deletecollection' ? undefined : (target.name ?? object?.metadata.name),
      object,
      oldObject,
      options: { ...deleteOptions, ...optionsOf(verb, query) },
      who,
      isDryRun,
    });
    for (const [key, value] of Object.entries(findings.annotations)) {
      audit.annotate(key, value);
    }
    if (findings.warnings.length > 0) {
      response.setHeader(
        'warning',
        findings.warnings.map((warning) => `299 - ${JSON.stringify(warning)}`),
      );
    }
    if (findings.refusal !== undefined) {
      throw findings.refusal;
    }
  };
}

const kinds: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};

function optionsOf(verb: string, query: URLSearchParams): Readonly<Record<string, unknown>> {
  const given = (name: string): object => {
    const value = query.get(name);
    return value === null ? {} : { [name]: value };
  };
  return {
    kind: kinds[verb] ?? 'DeleteOptions',
    apiVersion: 'meta.k8s.io/v1',
    ...given('fieldManager'),
    ...given('fieldValidation'),
    ...(query.get('dryRun') === null ? {} : { dryRun: query.getAll('dryRun') }),
  };
}
