// What every template finds beside its variables.
import { TokenizerError } from '../../errors.ts'
import { strftime } from '../strftime.ts'
import { Dict } from './dict.ts'
import { fromKeys, makeDict } from './dict-methods.ts'
import { isTrue } from './iterate.ts'
import { loremIpsum } from './lorem-ipsum.ts'
import { namespaceFunction } from './namespace.ts'
import { callable, requireInt, requireText, required } from './parameters.ts'
import { rangeFunction } from './range.ts'
import type { Render } from './render.ts'
import { toText } from './represent.ts'
import { templateFault } from './template-fault.ts'
import { Callable, Markup, TemplateObject, type Keywords, type Value } from './values.ts'

/** Goes round its items. */
class Cycler extends TemplateObject {
  readonly typeName = 'Cycler'
  readonly #items: readonly Value[]
  #at = 0

  constructor(items: readonly Value[]) {
    super()
    this.#items = items
  }

  represent(): string {
    return '<Cycler>'
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case 'current':
        return this.#items[this.#at]
      case 'items':
        return this.#items
      case 'pos':
        return this.#at
      case 'next':
        return callable(name, {}, () => {
          const item = this.#items[this.#at]!
          this.#at = (this.#at + 1) % this.#items.length
          return item
        })
      case 'reset':
        return callable(name, {}, () => {
          this.#at = 0
          return null
        })
    }
    return undefined
  }
}

/** Nothing when called first, a separator from then on. */
class Joiner extends TemplateObject {
  readonly typeName = 'Joiner'
  readonly #separator: Value
  #used = false

  constructor(separator: Value) {
    super()
    this.#separator = separator
  }

  represent(): string {
    return '<Joiner>'
  }

  override attribute(name: string): Value | undefined {
    if (name === 'sep') return this.#separator
    return name === 'used' ? this.#used : undefined
  }

  override get call() {
    return (): Value => {
      if (this.#used) return this.#separator
      this.#used = true
      return ''
    }
  }
}

class DictFunction extends Callable {
  constructor() {
    super('dict', makeDict)
  }

  override attribute(name: string): Value | undefined {
    if (name !== 'fromkeys') return undefined
    return new Callable(name, (render, args, keywords) =>
      fromKeys(render, new Dict(), args, keywords),
    )
  }
}

function makeCycler(_render: Render, items: readonly Value[], keywords: Keywords): Value {
  if (keywords.size > 0) {
    throw templateFault('TypeError', 'cycler() takes no keyword arguments')
  }
  if (items.length === 0) {
    throw templateFault('TemplateRuntimeError', 'at least one item has to be provided')
  }
  return new Cycler(items)
}

const raise = callable('raise_exception', { message: required }, (render, message) => {
  const text = toText(render, message!)
  throw new TokenizerError('ERR_TEMPLATE_RAISED', render.seen(text), {
    details: { message: render.seen(text) },
  })
})

const lorem = callable(
  'lipsum',
  { n: 5, html: true, min: 20, max: 100 },
  (render, n, html, min, max) => {
    const paragraphs = loremIpsum(render, requireInt(n!), requireInt(min!), requireInt(max!))
    if (!isTrue(render, html!)) return paragraphs.join('\n\n')
    return new Markup(paragraphs.map((text) => `<p>${text}</p>`).join('\n'))
  },
)

/** Names that templates see unless a variable of that name is given. */
export const globals: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['range', rangeFunction],
  ['dict', new DictFunction()],
  ['namespace', namespaceFunction],
  ['cycler', new Callable('cycler', makeCycler)],
  ['joiner', callable('joiner', { sep: ', ' }, (_render, separator) => new Joiner(separator!))],
  ['lipsum', lorem],
  ['raise_exception', raise],
  [
    'strftime_now',
    callable('strftime_now', { format: required }, (render, format) => {
      const text = requireText(format!, 'strftime() argument 1')
      render.budget.spend(16 * text.length)
      const formatted = strftime(render.now, text)
      render.budget.text(formatted.length)
      return formatted
    }),
  ],
])
