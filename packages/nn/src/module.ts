import { ConfigError, type PackedWeight, type Tensor } from '@heddle/tensor'
import { Parameter } from './parameter.ts'
import { toCamelCase, toSnakeCase } from './weight-names.ts'

/**
 * Base of layers and models. Own properties that are parameters, modules or arrays of modules form
 * a tree whose paths are the checkpoint's names: `selfAttn.qProj.weight` is `self_attn.q_proj.weight`.
 */
export class Module {
  /** Names of this class that the mechanical rule does not give: property -> name on disk. */
  static readonly weightNames: Readonly<Record<string, string>> = {}

  /** Gives the parameter of a checkpoint name its tensor and takes ownership of it. */
  bind(name: string, tensor: Tensor | PackedWeight): void {
    const parameter = this.findParameter(name)
    if (parameter === undefined) {
      throw new ConfigError(
        `${this.constructor.name}: bind needs the name of a parameter; got '${name}'. ` +
          'namedParameters() lists them.',
      )
    }
    parameter.bind(tensor)
  }

  /** Every parameter once, without names. */
  parameters(): Set<Parameter> {
    const found = new Set<Parameter>()
    this.#gather(found)
    return found
  }

  /** This module and all below it, each before its children. */
  *modules(): Generator<Module> {
    yield this
    for (const value of Object.values(this)) {
      for (const item of Array.isArray(value) ? value : [value]) {
        if (item instanceof Module) yield* item.modules()
      }
    }
  }

  #gather(found: Set<Parameter>): void {
    for (const value of Object.values(this)) {
      if (value instanceof Parameter) found.add(value)
      else if (value instanceof Module) value.#gather(found)
      else if (Array.isArray(value)) {
        for (const item of value) if (item instanceof Module) item.#gather(found)
      }
    }
  }

  /** Every parameter once, with its checkpoint name; a shared one has the name that comes first. */
  namedParameters(): [name: string, parameter: Parameter][] {
    const seen = new Set<Parameter>()
    return this.namedSlots().filter(([, parameter]) => {
      return seen.size < seen.add(parameter).size
    })
  }

  /** Every slot with its checkpoint name: a shared (tied) parameter comes once per name. */
  namedSlots(): [name: string, parameter: Parameter][] {
    const slots: [string, Parameter][] = []
    this.#collect('', slots)
    return slots
  }

  #collect(prefix: string, slots: [string, Parameter][]): void {
    const { weightNames } = this.constructor as typeof Module
    for (const [property, value] of Object.entries(this)) {
      if (typeof value !== 'object' || value === null) continue
      const path = prefix + (weightNames[property] ?? toSnakeCase(property))
      if (value instanceof Parameter) slots.push([path, value])
      else if (value instanceof Module) value.#collect(`${path}.`, slots)
      else if (Array.isArray(value)) {
        for (const [index, item] of value.entries()) {
          if (item instanceof Module) item.#collect(`${path}.${index}.`, slots)
        }
      }
    }
  }

  /** The parameter of a checkpoint name, or undefined. */
  findParameter(name: string): Parameter | undefined {
    let node: unknown = this
    for (const segment of name.split('.')) {
      if (typeof node !== 'object' || node === null) return undefined
      const key = node instanceof Module ? node.#property(segment) : segment
      node = Object.hasOwn(node, key) ? (node as Record<string, unknown>)[key] : undefined
    }
    return node instanceof Parameter ? node : undefined
  }

  /** Frees all parameters; a forward afterwards throws `DisposedError`. */
  dispose(): void {
    for (const parameter of this.parameters()) parameter.dispose()
  }

  #property(segment: string): string {
    const { weightNames } = this.constructor as typeof Module
    const exception = Object.entries(weightNames).find(([, name]) => name === segment)
    return exception?.[0] ?? toCamelCase(segment)
  }
}
