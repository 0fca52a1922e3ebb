import type { Value } from './values.ts'

/** Variables by name, and those around them. */
export class Scope {
  readonly #variables = new Map<string, Value>()
  readonly #outer: Scope | undefined

  constructor(outer?: Scope) {
    this.#outer = outer
  }

  /** The scope of the template, around which only the globals are. */
  get outermost(): Scope {
    const outer = this.#outer
    return outer && outer.#outer ? outer.outermost : this
  }

  get(name: string): Value | undefined {
    let value = this.#variables.get(name)
    for (let scope = this.#outer; value === undefined && scope; scope = scope.#outer) {
      value = scope.#variables.get(name)
    }
    return value
  }

  set(name: string, value: Value): void {
    this.#variables.set(name, value)
  }
}
