import type { Environment, ParseResult } from '@marcbachmann/cel-js';
import type { Identity } from '../access/identity.ts';
import type { Attributes, Authorizer } from '../access/rbac.ts';

/** What an expression may name, in the words of ValidatingAdmissionPolicy. */
export interface Scope {
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly request: unknown;
  readonly namespaceObject: unknown;
  readonly variables: object;
  readonly authorizer: object;
}

/** Compiles expressions as the API server's own environment does; there is no clock in it (facts: gitops.md §1.4). */
export interface Cel {
  /** Throws when the expression does not compile. */
  compile(expression: string): ParseResult;
  authorizer(who: Identity, rbac: Authorizer): object;
}

/** The library is loaded with the first policy: a sandbox without policies never pays for it. */
export async function openCel(): Promise<Cel> {
  const library = await import('@marcbachmann/cel-js');
  const environment = withAuthorizer(
    new library.Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false }),
  );
  for (const name of ['object', 'oldObject', 'request', 'namespaceObject', 'variables']) {
    environment.registerVariable(name, 'dyn');
  }
  return {
    compile(expression) {
      const parsed = environment.parse(expression);
      const { valid, error } = parsed.check();
      if (!valid) {
        throw error ?? new Error('it does not compile');
      }
      return parsed;
    },
    authorizer: (who, rbac) => new Question(who, rbac, {}),
  };
}

/** `authorizer.group('apps').resource('deployments').namespace('a').check('patch').allowed()`. */
class Question {
  readonly who: Identity;
  readonly rbac: Authorizer;
  readonly asked: Readonly<Record<string, string>>;

  constructor(who: Identity, rbac: Authorizer, asked: Readonly<Record<string, string>>) {
    this.who = who;
    this.rbac = rbac;
    this.asked = asked;
  }

  with(field: string, value: string): Question {
    return new Question(this.who, this.rbac, { ...this.asked, [field]: value });
  }

  check(verb: string): Decision {
    const { path, group = '', resource = '', ...rest } = this.asked;
    const attributes: Attributes = path === undefined ? { verb, group, resource, ...rest } : { verb, path };
    return new Decision(this.rbac.allowing(this.who, attributes)?.source);
  }
}

class Decision {
  readonly source: string | undefined;

  constructor(source: string | undefined) {
    this.source = source;
  }
}

function withAuthorizer(environment: Environment): Environment {
  environment
    .registerType('Authorizer', Question)
    .registerType('Decision', Decision)
    .registerVariable('authorizer', 'Authorizer');
  for (const field of ['group', 'resource', 'subresource', 'namespace', 'name', 'path']) {
    environment.registerFunction(`Authorizer.${field}(string): Authorizer`, (question: Question, value: string) =>
      question.with(field, value),
    );
  }
  return environment
    .registerFunction('Authorizer.check(string): Decision', (question: Question, verb: string) => question.check(verb))
    .registerFunction('Decision.allowed(): bool', ({ source }: Decision) => source !== undefined)
    .registerFunction('Decision.reason(): string', ({ source }: Decision) => source ?? '');
}

/** JSON as CEL has it: whole numbers are `int`, and what is not there is absent rather than undefined. */
export function celValue(value: unknown): unknown {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? BigInt(value) : value;
  }
  if (Array.isArray(value)) {
    return value.map(celValue);
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return Object.fromEntries(entries.map(([key, each]) => [key, celValue(each)]));
  }
  return value ?? null;
}
