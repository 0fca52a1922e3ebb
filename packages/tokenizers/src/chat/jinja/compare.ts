import { compareCodePoints } from '../../code-point-order.ts'
import { Dict, DictView, hashed } from './dict.ts'
import { itemsOf } from './iterate.ts'
import { Range } from './range.ts'
import type { Render } from './render.ts'
import { templateFault } from './template-fault.ts'
import {
  intOf,
  isList,
  numberOf,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts'

/** Python's `==`. */
export function isEqual(render: Render, a: Value, b: Value): boolean {
  if (a === b) return true
  const text = textOf(a)
  if (text !== undefined) {
    const other = textOf(b)
    if (other === undefined) return false
    return text === other || (render.disguise ? render.seen(text) === render.seen(other) : false)
  }
  const x = intOf(a) ?? numberOf(a)
  if (x !== undefined) {
    const y = intOf(b) ?? numberOf(b)
    return y !== undefined && sameNumber(x, y)
  }
  const items = sequenceOf(a)
  if (items) {
    const others = sequenceOf(b)
    if (!others || isList(a) !== isList(b) || items.length !== others.length) return false
    render.budget.spend(4 * items.length)
    return render.budget.nested(() => items.every((item, i) => isEqual(render, item, others[i]!)))
  }
  if (a instanceof Undefined) return b instanceof Undefined
  if (a instanceof Dict) return b instanceof Dict && sameEntries(render, a, b)
  if (a instanceof DictView && b instanceof DictView) return sameKeys(render, a, b)
  return a instanceof Range && b instanceof Range && a.equals(b)
}

const sameNumber = (x: number | bigint, y: number | bigint) =>
  typeof x === typeof y ? x === y : !(x < y || x > y) && !Number.isNaN(Number(x) + Number(y))

const sequenceOf = (value: Value): readonly Value[] | undefined =>
  isList(value) ? value : value instanceof Tuple ? value.items : undefined

function sameEntries(render: Render, a: Dict, b: Dict): boolean {
  render.budget.spend(a.size)
  if (a.size !== b.size) return false
  return render.budget.nested(() => {
    for (const [key, value] of a.entries()) {
      const other = b.get(key)
      if (other === undefined || !isEqual(render, value, other)) return false
    }
    return true
  })
}

// Keys and items are sets to Python; values are equal to nothing.
function sameKeys(render: Render, a: DictView, b: DictView): boolean {
  if (a.typeName === 'dict_values' || a.typeName !== b.typeName) return false
  if (a.typeName === 'dict_items') return sameEntries(render, a.dict, b.dict)
  render.budget.spend(a.dict.size)
  return a.dict.size === b.dict.size && [...a.dict.keys()].every((key) => b.dict.has(key))
}

export type Order = '<' | '<=' | '>' | '>='

/** Python's `<`, `<=`, `>` and `>=`. Throws TypeError for values without an order. */
export function isOrdered(render: Render, order: Order, a: Value, b: Value): boolean {
  if (typeof a === 'number' && typeof b === 'number') return holds(order, a, b)
  const x = intOf(a) ?? numberOf(a)
  const y = intOf(b) ?? numberOf(b)
  if (x !== undefined && y !== undefined) return holds(order, x, y)
  const text = textOf(a)
  const other = textOf(b)
  if (text !== undefined && other !== undefined) {
    render.budget.read(Math.min(text.length, other.length))
    return holds(order, compareCodePoints(render.seen(text), render.seen(other)), 0)
  }
  if (a instanceof Undefined) throw a.fault()
  if (b instanceof Undefined) throw b.fault()
  const items = sequenceOf(a)
  const others = sequenceOf(b)
  if (items && others && isList(a) === isList(b)) {
    return render.budget.nested(() => compareLists(render, order, items, others))
  }
  throw templateFault(
    'TypeError',
    `'${order}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`,
  )
}

function holds(order: Order, x: number | bigint, y: number | bigint): boolean {
  switch (order) {
    case '<':
      return x < y
    case '<=':
      return x <= y
    case '>':
      return x > y
    case '>=':
      return x >= y
  }
}

function compareLists(
  render: Render,
  order: Order,
  items: readonly Value[],
  others: readonly Value[],
): boolean {
  const size = Math.min(items.length, others.length)
  for (let i = 0; i < size; i++) {
    render.budget.spend(1)
    if (!isEqual(render, items[i]!, others[i]!))
      return isOrdered(render, order, items[i]!, others[i]!)
  }
  return holds(order, items.length, others.length)
}

/** Python's `item in container`. */
export function isIn(render: Render, item: Value, container: Value): boolean {
  const text = textOf(container)
  if (text !== undefined) {
    const part = textOf(item)
    if (part !== undefined) {
      render.budget.read(text.length)
      return render.seen(text).includes(render.seen(part))
    }
    throw templateFault(
      'TypeError',
      `'in <string>' requires string as left operand, not ${typeName(item)}`,
    )
  }
  if (container instanceof Dict) return hasKey(render, container, item)
  if (container instanceof DictView && container.typeName === 'dict_keys') {
    return hasKey(render, container.dict, item)
  }
  if (container instanceof Range) {
    const int = intOf(item) ?? numberOf(item)
    return int !== undefined && container.includes(Number(int))
  }
  const items = itemsOf(render, container)
  if (items === undefined) {
    throw templateFault('TypeError', `argument of type '${typeName(container)}' is not iterable`)
  }
  for (const candidate of items) {
    render.budget.spend(1)
    if (isEqual(render, item, candidate)) return true
  }
  return false
}

/** `key in dict`, with text as templates see it. */
function hasKey(render: Render, dict: Dict, key: Value): boolean {
  if (dict.has(key)) return true
  if (!render.disguise || textOf(key) === undefined) return false
  return lookUp(render, dict, key) !== undefined
}

/** `dict[key]`, with text as templates see it; undefined when there is none. */
export function lookUp(render: Render, dict: Dict, key: Value): Value | undefined {
  const found = dict.get(key)
  if (found !== undefined || !render.disguise) return found
  const text = textOf(key)
  if (text === undefined) return undefined
  const seen = render.seen(text)
  // Plain names are never in disguise, on either side.
  if (/^[\w-]*$/.test(seen)) return undefined
  for (const [candidate, value] of dict.entries()) {
    render.budget.spend(1)
    const name = textOf(candidate)
    if (name !== undefined && render.seen(name) === seen) return value
  }
  return undefined
}

/** True for a value that can be a key. */
export function isHashable(value: Value): boolean {
  try {
    hashed(value)
    return true
  } catch {
    return false
  }
}
