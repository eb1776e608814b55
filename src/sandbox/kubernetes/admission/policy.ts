import type { InvalidField } from '../api/status.ts';
import type { Cel, Scope } from './cel.ts';
import type { MatchResources } from './match.ts';

interface Named {
  readonly name: string;
  readonly expression: string;
}

/** The parts of a ValidatingAdmissionPolicy that are evaluated. */
export interface Policy {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly failurePolicy?: string;
    readonly paramKind?: object;
    readonly matchConstraints?: MatchResources;
    readonly matchConditions?: readonly Named[];
    readonly variables?: readonly Named[];
    readonly validations?: readonly {
      readonly expression: string;
      readonly message?: string;
      readonly messageExpression?: string;
      readonly reason?: string;
    }[];
    readonly auditAnnotations?: readonly { readonly key: string; readonly valueExpression: string }[];
  };
}

export interface Binding {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly policyName: string;
    readonly matchResources?: MatchResources;
    readonly validationActions: readonly string[];
  };
}

type Expression = (scope: Scope) => unknown;

export interface Compiled {
  /** What does not compile; such a policy is never stored. */
  readonly faults: readonly InvalidField[];
  readonly matchConditions: readonly Expression[];
  readonly variables: readonly { readonly name: string; readonly value: Expression }[];
  readonly validations: readonly {
    readonly expression: string;
    readonly holds: Expression;
    readonly message: (scope: Scope) => string;
    readonly reason: string | undefined;
  }[];
  readonly auditAnnotations: readonly { readonly key: string; readonly value: Expression }[];
}

const known = new WeakMap<Policy['spec'], Compiled>();

/** A policy's expressions, compiled once. */
export function compiled(cel: Cel, policy: Policy): Compiled {
  const before = known.get(policy.spec);
  if (before !== undefined) {
    return before;
  }
  const made = compile(cel, policy.spec);
  known.set(policy.spec, made);
  return made;
}

function compile(cel: Cel, spec: Policy['spec']): Compiled {
  const faults: InvalidField[] = [];
  const { matchConditions = [], variables = [], validations = [], auditAnnotations = [] } = spec;
  if (spec.paramKind !== undefined) {
    const message = 'Forbidden: the sandbox evaluates no parameters';
    faults.push({ reason: 'FieldValueForbidden', field: 'spec.paramKind', message });
  }
  const expression = (field: string, text: string, wanted?: string): Expression => {
    const refused = (why: string): Expression => {
      const message = `Invalid value: ${JSON.stringify(text)}: ${why}`;
      faults.push({ reason: 'FieldValueInvalid', field, message });
      return () => {
        throw new Error(why);
      };
    };
    try {
      const parsed = cel.compile(text);
      const { type } = parsed.check();
      // What a variable holds is not known here; a real server infers it, so only what is plain is refused.
      const isOpen = type === 'dyn' && text.includes('variables.');
      if (
        wanted !== undefined &&
        !isOpen &&
        !(type === 'dyn' && wanted === 'bool') &&
        type !== wanted &&
        type !== 'null'
      ) {
        return refused(
          `must evaluate to ${wanted === 'string' ? 'one of [string null_type]' : wanted} but got ${type}`,
        );
      }
      return (scope) => parsed(scope as unknown as Record<string, unknown>) as unknown;
    } catch (error) {
      return refused(`compilation failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return {
    faults,
    matchConditions: matchConditions.map((each, index) =>
      expression(`spec.matchConditions[${index}].expression`, each.expression, 'bool'),
    ),
    variables: variables.map((each, index) => ({
      name: each.name,
      value: expression(`spec.variables[${index}].expression`, each.expression),
    })),
    validations: validations.map((each, index) => {
      const field = `spec.validations[${index}]`;
      const words =
        each.messageExpression === undefined
          ? undefined
          : expression(`${field}.messageExpression`, each.messageExpression, 'string');
      return {
        expression: each.expression,
        holds: expression(`${field}.expression`, each.expression, 'bool'),
        message: (scope) => spoken(words, scope) ?? each.message ?? `failed expression: ${each.expression}`,
        reason: each.reason,
      };
    }),
    auditAnnotations: auditAnnotations.map((each, index) => ({
      key: each.key,
      value: expression(`spec.auditAnnotations[${index}].valueExpression`, each.valueExpression, 'string'),
    })),
  };
}

/** A `messageExpression` that fails, or says nothing, falls back to the message. */
function spoken(words: Expression | undefined, scope: Scope): string | undefined {
  try {
    const text = words?.(scope);
    return typeof text === 'string' && text.trim() !== '' && !text.includes('\n') ? text : undefined;
  } catch {
    return undefined;
  }
}
