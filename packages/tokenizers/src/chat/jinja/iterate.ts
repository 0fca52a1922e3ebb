import { characters, lengthOf } from './python-text.ts'
import type { Render } from './render.ts'
import { templateFault } from './template-fault.ts'
import { isList, TemplateObject, textOf, Tuple, typeName, Undefined, type Value } from './values.ts'

/** The items of a value in order; undefined for one that Python cannot iterate. Costs nothing by itself. */
export function itemsOf(render: Render, value: Value): Iterable<Value> | undefined {
  if (isList(value)) return value
  if (value instanceof Tuple) return value.items
  const text = textOf(value)
  if (text !== undefined) {
    render.budget.read(text.length)
    return characters(text)
  }
  if (value instanceof Undefined) return []
  return value instanceof TemplateObject ? value.iterate(render) : undefined
}

/** The items of a value in order, each a unit of work. Throws TypeError for a value that has none. */
export function* iterate(render: Render, value: Value): Generator<Value, void> {
  for (const item of requireItems(render, value)) {
    render.budget.spend(1)
    yield item
  }
}

/** The items of a value as a list. */
export function toList(render: Render, value: Value): readonly Value[] {
  const items = requireItems(render, value)
  if (Array.isArray(items)) {
    render.budget.items(items.length)
    return items as readonly Value[]
  }
  const list: Value[] = []
  for (const item of items) {
    list.push(item)
    render.budget.spend(1)
    if (list.length > render.budget.maxOutput) render.budget.items(list.length)
  }
  return list
}

function requireItems(render: Render, value: Value): Iterable<Value> {
  const items = itemsOf(render, value)
  if (items !== undefined) return items
  throw templateFault('TypeError', `'${typeName(value)}' object is not iterable`)
}

/** Python's `len(value)`; undefined for a value without. */
export function sizeOf(render: Render, value: Value): number | undefined {
  if (isList(value)) return value.length
  if (value instanceof Tuple) return value.items.length
  const text = textOf(value)
  if (text !== undefined) {
    render.budget.read(text.length)
    return lengthOf(text)
  }
  if (value instanceof Undefined) return 0
  return value instanceof TemplateObject ? value.length(render) : undefined
}

/** Python's `len(value)`. Throws TypeError for a value without. */
export function requireSize(render: Render, value: Value): number {
  const size = sizeOf(render, value)
  if (size !== undefined) return size
  throw templateFault('TypeError', `object of type '${typeName(value)}' has no len()`)
}

/** Python's `bool(value)`. */
export function isTrue(render: Render, value: Value): boolean {
  if (typeof value === 'boolean') return value
  if (value === null || value === '' || value === 0) return false
  if (typeof value !== 'object') return true
  if (isList(value)) return value.length > 0
  if (value instanceof Tuple) return value.items.length > 0
  if (value instanceof Undefined) return false
  if (value instanceof TemplateObject) return value.length(render) !== 0
  return 'value' in value ? value.value !== 0 : value.text !== ''
}
