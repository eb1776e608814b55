import type { StoredObject } from '../types.ts';
import { builtInKinds } from './built-in.ts';
import { customKinds } from './custom.ts';
import { apiVersionOf, type Kind } from './kind.ts';

/** All kinds served at this moment: the built-in ones and those that CustomResourceDefinitions add. */
export class Kinds {
  #all: readonly Kind[] = builtInKinds;
  #byPath = new Map<string, Kind>();
  #byKind = new Map<string, Kind>();
  readonly #custom = new Map<string, readonly Kind[]>();

  constructor() {
    this.#index();
  }

  get all(): readonly Kind[] {
    return this.#all;
  }

  at(group: string, version: string, plural: string): Kind | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** By the two words an object begins with. */
  of(apiVersion: string, kind: string): Kind | undefined {
    return this.#byKind.get(`${apiVersion} ${kind}`);
  }

  /** By `kind` alone, as our own callers name objects: the first group that has it. */
  named(kind: string): Kind | undefined {
    return this.#all.find((each) => each.kind === kind);
  }

  define(definition: StoredObject): void {
    this.#custom.set(definition.metadata.name, customKinds(definition));
    this.#index();
  }

  undefine(name: string): readonly Kind[] {
    const gone = this.#custom.get(name) ?? [];
    this.#custom.delete(name);
    this.#index();
    return gone;
  }

  #index(): void {
    this.#all = [...builtInKinds, ...[...this.#custom.values()].flat()];
    this.#byPath = new Map(this.#all.map((kind) => [`${kind.group}/${kind.version}/${kind.plural}`, kind]));
    this.#byKind = new Map(this.#all.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind]));
  }
}
