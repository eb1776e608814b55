import type { Authorizer } from '../access/rbac.ts';
import { invalid, Refusal } from '../api/status.ts';
import { type Kind, qualified } from '../kinds/kind.ts';
import type { Store } from '../store/store.ts';
import type { StoredObject } from '../types.ts';
import { type Cel, celValue, openCel, type Scope } from './cel.ts';
import { isMatch } from './match.ts';
import { type Binding, compiled, type Policy } from './policy.ts';
import type { AdmissionRequest, Findings } from './request.ts';

const group = 'admissionregistration.k8s.io';

/** Holds ValidatingAdmissionPolicies and their bindings to their word (facts: kubernetes-verified.md §3, §4; gitops.md §1.4). */
export class Policies {
  readonly #store: Store;
  readonly #rbac: Authorizer;
  #cel: Cel | undefined;

  constructor(store: Store, rbac: Authorizer) {
    this.#store = store;
    this.#rbac = rbac;
  }

  /** Before a write is judged: with the first policy comes the library that reads it. */
  async ready(kind: Kind): Promise<void> {
    if (this.#cel === undefined && (kind.group === group || this.#all('ValidatingAdmissionPolicyBinding').length > 0)) {
      this.#cel = await openCel();
    }
  }

  /** The refusal is that of the first policy that denies. */
  judge(request: AdmissionRequest): Findings {
    const cel = this.#cel;
    if (cel === undefined) {
      return { annotations: {}, warnings: [] };
    }
    if (request.kind.group === group) {
      return { refusal: unreadable(cel, request), annotations: {}, warnings: [] };
    }
    const said: Said = { annotations: new Map(), failures: [], warnings: [], denials: [] };
    for (const binding of this.#all('ValidatingAdmissionPolicyBinding') as readonly unknown[] as readonly Binding[]) {
      const policy = this.#policy(binding);
      if (policy !== undefined) {
        this.#hold(cel, policy, binding, request, said);
      }
    }
    const [denial] = said.denials;
    return {
      refusal: denial === undefined ? undefined : refusalOf(request, denial),
      annotations: annotationsOf(said),
      warnings: said.warnings,
    };
  }

  #hold(cel: Cel, policy: Policy, binding: Binding, request: AdmissionRequest, said: Said): void {
    const { kind, object, oldObject } = request;
    const isNamespace = qualified(kind) === 'namespaces';
    const namespace = isNamespace
      ? ((object ?? oldObject) as StoredObject | undefined)
      : this.#namespace(request.namespace);
    const { spec } = policy;
    if (
      !isMatch(spec.matchConstraints, request, namespace) ||
      !isMatch(binding.spec.matchResources, request, namespace)
    ) {
      return;
    }
    const about = { policy: policy.metadata.name, binding: binding.metadata.name };
    const actions = binding.spec.validationActions;
    const tell = (message: string, reason: string | undefined, expressionIndex: number): void => {
      if (actions.includes('Deny')) {
        said.denials.push({ ...about, message, reason });
      }
      if (actions.includes('Audit')) {
        said.failures.push({ message, ...about, expressionIndex, validationActions: actions });
      }
      if (actions.includes('Warn')) {
        said.warnings.push(
          `Validation failed for ValidatingAdmissionPolicy '${about.policy}' with binding '${about.binding}': ${message}`,
        );
      }
    };
    const code = compiled(cel, policy);
    const scope = this.#scope(cel, request, isNamespace ? undefined : namespace, code.variables);
    try {
      if (!code.matchConditions.every((condition) => condition(scope) === true)) {
        return;
      }
    } catch (error) {
      if (spec.failurePolicy !== 'Ignore') {
        said.denials.push({ ...about, message: told(error), reason: undefined });
      }
      return;
    }
    for (const [index, validation] of code.validations.entries()) {
      try {
        if (validation.holds(scope) !== true) {
          tell(validation.message(scope), validation.reason, index);
        }
      } catch (error) {
        if (spec.failurePolicy !== 'Ignore') {
          tell(`expression '${validation.expression}' resulted in error: ${told(error)}`, undefined, index);
        }
      }
    }
    for (const { key, value } of code.auditAnnotations) {
      try {
        const text = value(scope);
        if (typeof text === 'string' && text !== '') {
          const id = `${about.policy}/${key}`;
          said.annotations.set(id, new Set([...(said.annotations.get(id) ?? []), text]));
        }
      } catch (error) {
        if (spec.failurePolicy !== 'Ignore') {
          said.denials.push({ ...about, message: told(error), reason: undefined });
        }
      }
    }
  }

  #scope(
    cel: Cel,
    request: AdmissionRequest,
    namespace: StoredObject | undefined,
    variables: readonly { readonly name: string; readonly value: (scope: Scope) => unknown }[],
  ): Scope {
    const lazily = {};
    const scope: Scope = {
      object: celValue(request.object),
      oldObject: celValue(request.oldObject),
      request: celValue(requestOf(request)),
      namespaceObject: celValue(namespace === undefined ? undefined : withoutOwners(namespace)),
      variables: lazily,
      authorizer: cel.authorizer(request.who, this.#rbac),
    };
    for (const { name, value } of variables) {
      let known: { readonly value: unknown } | undefined;
      Object.defineProperty(lazily, name, {
        enumerable: true,
        get: () => {
          known ??= { value: value(scope) };
          return known.value;
        },
      });
    }
    return scope;
  }

  #policy({ spec }: Binding): Policy | undefined {
    return this.#all('ValidatingAdmissionPolicy').find(({ metadata }) => metadata.name === spec.policyName) as
      | (StoredObject & Policy)
      | undefined;
  }

  #all(kind: string): readonly StoredObject[] {
    const known = this.#store.kinds.named(kind);
    return known === undefined ? [] : this.#store.entries(known).map(({ object }) => object);
  }

  #namespace(name: string | undefined): StoredObject | undefined {
    const kind = this.#store.kinds.of('v1', 'Namespace');
    return kind === undefined || name === undefined ? undefined : this.#store.get(kind, undefined, name);
  }
}

interface Denial {
  readonly policy: string;
  readonly binding: string;
  readonly message: string;
  readonly reason: string | undefined;
}

interface Said {
  readonly annotations: Map<string, ReadonlySet<string>>;
  readonly failures: object[];
  readonly warnings: string[];
  readonly denials: Denial[];
}

const codes: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  RequestEntityTooLarge: 413,
  Invalid: 422,
};

/** Without a reason of its own a refusal is 422, although it says "forbidden" (facts: kubernetes-verified.md §3). */
function refusalOf(
  { kind, name, object }: AdmissionRequest,
  { policy, binding, message, reason = 'Invalid' }: Denial,
): Refusal {
  const told = `ValidatingAdmissionPolicy '${policy}' with binding '${binding}' denied request: ${message}`;
  const named = name ?? object?.metadata.name ?? '';
  return new Refusal(codes[reason] ?? 422, reason, `${qualified(kind)} "${named}" is forbidden: ${told}`, {
    ...(named === '' ? {} : { name: named }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.plural,
    causes: [{ message: told }],
  });
}

function annotationsOf({ annotations, failures }: Said): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries([...annotations].map(([key, values]) => [key, [...values].join(', ')])),
    ...(failures.length === 0
      ? {}
      : { 'validation.policy.admission.k8s.io/validation_failure': JSON.stringify(failures) }),
  };
}

/** `request` as expressions see it: what is empty is absent. */
function requestOf({
  operation,
  kind,
  subresource,
  namespace,
  name,
  who,
  isDryRun,
  options,
}: AdmissionRequest): object {
  const face = kind.subresources.find((each) => each.name === subresource);
  const resource = { group: kind.group, version: kind.version, resource: kind.plural };
  const shape = {
    group: face?.group ?? kind.group,
    version: face?.version ?? kind.version,
    kind: face?.kind ?? kind.kind,
  };
  return {
    kind: shape,
    resource,
    subResource: subresource,
    requestKind: shape,
    requestResource: resource,
    requestSubResource: subresource,
    name,
    namespace,
    operation,
    userInfo: { username: who.name, uid: who.uid, groups: who.groups, extra: who.extra },
    dryRun: isDryRun,
    options,
  };
}

/** Neither managers nor owners of a namespace are shown to a policy (facts: gitops.md §1.4). */
function withoutOwners({
  metadata: { managedFields: _, ownerReferences: __, ...metadata },
  ...rest
}: StoredObject): object {
  return { ...rest, metadata };
}

function unreadable(cel: Cel, { kind, object }: AdmissionRequest): Refusal | undefined {
  const isPolicy = kind.kind === 'ValidatingAdmissionPolicy' && object !== undefined;
  const faults = isPolicy ? compiled(cel, object as unknown as Policy).faults : [];
  return faults.length === 0 ? undefined : invalid(kind.kind, kind.group, object?.metadata.name ?? '', faults);
}

/** As Go's library begins its messages: in lower case. */
function told(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return `${line.charAt(0).toLowerCase()}${line.slice(1)}`;
}
