import { isEqual } from './compare.ts'
import type { Render } from './render.ts'
import { templateFault } from './template-fault.ts'
import { Callable, TemplateObject, Tuple, Undefined, type Value } from './values.ts'

/** The `loop` of a for block. Items are drawn as late as possible: asking for the next or the length draws more. */
export class LoopContext extends TemplateObject {
  readonly typeName = 'LoopContext'
  readonly #items: Iterator<Value>
  readonly #depth: number
  readonly #recurse: ((items: Value, depth: number) => Value) | undefined
  #size: number | undefined
  #index = -1
  /** Items drawn before their turn, the first `taken` of which have had it. */
  #ahead: Value[] = []
  #taken = 0
  #current: Value | undefined
  #before: Value | undefined
  #changed: Value | undefined

  constructor(
    items: Iterable<Value>,
    size: number | undefined,
    depth: number,
    recurse: ((items: Value, depth: number) => Value) | undefined,
  ) {
    super()
    this.#items = items[Symbol.iterator]()
    this.#size = size
    this.#depth = depth
    this.#recurse = recurse
  }

  /** The next item; undefined when there is none. */
  advance(): Value | undefined {
    const next = this.#taken < this.#ahead.length ? this.#ahead[this.#taken++] : this.#draw()
    if (next === undefined) return undefined
    this.#index++
    this.#before = this.#current
    this.#current = next
    return next
  }

  #draw(): Value | undefined {
    const { done, value } = this.#items.next()
    return done ? undefined : value
  }

  #peek(): Value | undefined {
    if (this.#taken === this.#ahead.length) {
      const next = this.#draw()
      this.#ahead = next === undefined ? [] : [next]
      this.#taken = 0
    }
    return this.#ahead[this.#taken]
  }

  override length(render: Render): number {
    if (this.#size === undefined) {
      for (let next = this.#draw(); next !== undefined; next = this.#draw()) {
        render.budget.spend(1)
        this.#ahead.push(next)
      }
      this.#size = this.#index + 1 + this.#ahead.length - this.#taken
    }
    return this.#size
  }

  represent(render: Render): string {
    return `<LoopContext ${this.#index + 1}/${this.length(render)}>`
  }

  override attribute(name: string, render: Render): Value | undefined {
    const index = this.#index
    switch (name) {
      case 'index':
        return index + 1
      case 'index0':
        return index
      case 'revindex':
        return this.length(render) - index
      case 'revindex0':
        return this.length(render) - index - 1
      case 'first':
        return index === 0
      case 'last':
        return this.#peek() === undefined
      case 'length':
        return this.length(render)
      case 'depth':
        return this.#depth + 1
      case 'depth0':
        return this.#depth
      case 'previtem':
        return index === 0 ? new Undefined('there is no previous item') : this.#before
      case 'nextitem': {
        const next = this.#peek()
        return next === undefined ? new Undefined('there is no next item') : next
      }
      case 'cycle':
        return new Callable(name, (_render, args) => {
          if (args.length === 0) throw templateFault('TypeError', 'no items for cycling given')
          return args[index % args.length]!
        })
      case 'changed':
        return new Callable(name, (run, args) => this.#hasChanged(run, new Tuple(args)))
    }
    return undefined
  }

  #hasChanged(render: Render, value: Value): boolean {
    if (this.#changed !== undefined && isEqual(render, this.#changed, value)) return false
    this.#changed = value
    return true
  }

  override get call() {
    return (_render: Render, args: readonly Value[]): Value => {
      const [items] = args
      if (!this.#recurse) {
        throw templateFault(
          'TypeError',
          "The loop must have the 'recursive' marker to be called recursively.",
        )
      }
      if (items === undefined || args.length > 1) {
        throw templateFault('TypeError', 'loop() takes one argument')
      }
      return this.#recurse(items, this.#depth + 1)
    }
  }
}
