import type { Dict } from './dict.ts'
import { makeDict } from './dict-methods.ts'
import type { Render } from './render.ts'
import { represent } from './represent.ts'
import { templateFault } from './template-fault.ts'
import { Callable, TemplateObject, textOf, type Value } from './values.ts'

/** An object whose attributes templates may set: the way to keep something across the turns of a loop. */
export class Namespace extends TemplateObject {
  readonly typeName = 'Namespace'
  readonly #attributes: Dict

  constructor(attributes: Dict) {
    super()
    this.#attributes = attributes
  }

  represent(render: Render): string {
    return `<Namespace ${represent(render, this.#attributes)}>`
  }

  override attribute(name: string): Value | undefined {
    return this.#attributes.get(name)
  }

  set(name: string, value: Value): void {
    requirePublic(name)
    this.#attributes.set(name, value)
  }
}

// In Python such names lead to the inside of the interpreter; templates written for it cannot use them.
function requirePublic(name: string): void {
  if (!name.startsWith('_')) return
  throw templateFault(
    'SecurityError',
    `Chat templates cannot store underscore-prefixed attributes on a namespace, but got '${name}'.`,
  )
}

/** The `namespace` of templates. */
export const namespaceFunction = new Callable('namespace', (render, args, keywords) => {
  const attributes = makeDict(render, args, keywords)
  for (const key of attributes.keys()) requirePublic(textOf(key) ?? '')
  return new Namespace(attributes)
})
