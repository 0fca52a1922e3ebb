import type { Evaluate } from './compile-expression.ts'
import type { Render } from './render.ts'
import { Scope } from './scope.ts'
import { templateFault } from './template-fault.ts'
import { Dict } from './dict.ts'
import { Markup, TemplateObject, Tuple, Undefined, type Keywords, type Value } from './values.ts'

/** A macro as the template declares it, with functions for its expressions. */
export interface MacroDefinition {
  readonly name: string | undefined
  readonly parameters: readonly { readonly name: string; readonly fallback: Evaluate | undefined }[]
  readonly reads: { readonly caller: boolean; readonly kwargs: boolean; readonly varargs: boolean }
  readonly body: (render: Render, scope: Scope) => void
}

/** A macro: what it prints is what calling it returns. */
export class Macro extends TemplateObject {
  readonly typeName = 'Macro'
  readonly #definition: MacroDefinition
  readonly #scope: Scope

  constructor(definition: MacroDefinition, scope: Scope) {
    super()
    this.#definition = definition
    this.#scope = scope
  }

  represent(): string {
    const { name } = this.#definition
    return `<Macro ${name === undefined ? 'anonymous' : `'${name}'`}>`
  }

  override attribute(name: string): Value | undefined {
    const { parameters, reads } = this.#definition
    switch (name) {
      case 'name':
        return this.#definition.name ?? null
      case 'arguments':
        return new Tuple(parameters.map((parameter) => parameter.name))
      case 'caller':
        return reads.caller
      case 'catch_kwargs':
        return reads.kwargs
      case 'catch_varargs':
        return reads.varargs
      case 'explicit_caller':
        return parameters.some((parameter) => parameter.name === 'caller')
    }
    return undefined
  }

  override get call() {
    return (render: Render, args: readonly Value[], keywords: Keywords): Value => {
      const scope = this.#bind(render, args, keywords)
      const text = render.budget.nested(() =>
        render.capture(() => this.#definition.body(render, scope)),
      )
      return render.autoescape ? new Markup(text) : text
    }
  }

  #bind(render: Render, args: readonly Value[], keywords: Keywords): Scope {
    const { name, parameters, reads } = this.#definition
    const scope = new Scope(this.#scope)
    const left = new Map(keywords)
    const missing: MacroDefinition['parameters'][number][] = []
    parameters.forEach((parameter, i) => {
      const value = i < args.length ? args[i] : left.get(parameter.name)
      if (i >= args.length) left.delete(parameter.name)
      if (value === undefined) missing.push(parameter)
      else scope.set(parameter.name, value)
    })
    if (reads.caller && !parameters.some((parameter) => parameter.name === 'caller')) {
      scope.set('caller', left.get('caller') ?? new Undefined('No caller defined'))
      left.delete('caller')
    }
    if (reads.kwargs) scope.set('kwargs', dictOf(left))
    else if (left.size > 0) throw unexpected(name, left)
    if (reads.varargs) scope.set('varargs', new Tuple(args.slice(parameters.length)))
    else if (args.length > parameters.length) {
      throw templateFault(
        'TypeError',
        `macro '${name}' takes not more than ${parameters.length} argument(s)`,
      )
    }
    // Defaults see the parameters before them.
    for (const { name: parameter, fallback } of missing) {
      const value = fallback
        ? fallback(render, scope)
        : new Undefined(`parameter '${parameter}' was not provided`)
      scope.set(parameter, value)
    }
    return scope
  }
}

function dictOf(keywords: Keywords): Dict {
  const dict = new Dict()
  for (const [key, value] of keywords) dict.set(key, value)
  return dict
}

function unexpected(name: string | undefined, keywords: Keywords) {
  const [first] = keywords.keys()
  return templateFault(
    'TypeError',
    keywords.has('caller')
      ? `macro '${name}' was invoked with two values for the special caller argument. This is most likely a bug.`
      : `macro '${name}' takes no keyword argument '${first}'`,
  )
}
