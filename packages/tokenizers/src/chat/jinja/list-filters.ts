import { operate } from './arithmetic.ts'
import { attributeGetter, attributesGetter, withoutCase } from './attribute-path.ts'
import { isEqual, isOrdered } from './compare.ts'
import { Dict, hashed } from './dict.ts'
import { isTrue, iterate, requireSize, toList } from './iterate.ts'
import { method, type Method } from './method.ts'
import { requireInt, required } from './parameters.ts'
import type { Render } from './render.ts'
import { represent } from './represent.ts'
import { sortByKey } from './sort.ts'
import { templateFault } from './template-fault.ts'
import { takeSlice } from './subscript.ts'
import { Generator, textOf, Tuple, typeName, Undefined, type Value } from './values.ts'

/** One group of `groupby`: a pair whose parts have names. */
class Group extends Tuple {
  constructor(grouper: Value, list: readonly Value[]) {
    super([grouper, list])
  }

  override attribute(name: string): Value | undefined {
    return name === 'grouper' ? this.items[0] : name === 'list' ? this.items[1] : undefined
  }
}

/** What a filter compares instead of the item. */
function keyOf(render: Render, attribute: Value, caseSensitive: Value, fallback: Value = null) {
  const get = attributeGetter(render, attribute, fallback)
  return isTrue(render, caseSensitive) ? get : (item: Value) => withoutCase(render, get(item))
}

/** The items that `reversed` would go through; undefined for what it refuses. */
function backwards(render: Render, value: Value): readonly Value[] | undefined {
  if (value instanceof Generator) return undefined
  return [...toList(render, value)].reverse()
}

function last(render: Render, value: Value): Value {
  const items = backwards(render, value)
  if (!items) {
    throw templateFault('TypeError', `'${typeName(value)}' object is not reversible`)
  }
  return items.length > 0 ? items[0]! : new Undefined('No last item, sequence was empty.')
}

function reverse(render: Render, value: Value): Value {
  const text = textOf(value)
  if (text !== undefined) return takeSlice(render, value, { start: null, stop: null, step: -1 })
  const items = backwards(render, value)
  return items ? new Generator('reversed', items.values()) : [...toList(render, value)].reverse()
}

function extreme(
  render: Render,
  value: Value,
  caseSensitive: Value,
  attribute: Value,
  order: '<' | '>',
): Value {
  const key = keyOf(render, attribute, caseSensitive)
  let best: readonly [key: Value, item: Value] | undefined
  for (const item of iterate(render, value)) {
    const candidate = key(item)
    if (!best || isOrdered(render, order, candidate, best[0])) best = [candidate, item]
  }
  return best ? best[1] : new Undefined('No aggregated item, sequence was empty.')
}

function sum(render: Render, value: Value, attribute: Value, start: Value): Value {
  if (textOf(start) !== undefined) {
    throw templateFault('TypeError', "sum() can't sum strings [use ''.join(seq) instead]")
  }
  const get = attributeGetter(render, attribute)
  let total = start
  for (const item of iterate(render, value)) total = operate(render, '+', total, get(item))
  return total
}

function* unique(render: Render, value: Value, key: (item: Value) => Value) {
  const seen = new Set<unknown>()
  for (const item of iterate(render, value)) {
    const compared = key(item)
    const text = textOf(compared)
    const hash = text === undefined ? hashed(compared) : hashed(render.seen(text))
    if (seen.has(hash)) continue
    seen.add(hash)
    yield item
  }
}

function* batch(render: Render, value: Value, size: number, fill: Value) {
  let group: Value[] = []
  for (const item of iterate(render, value)) {
    if (group.length === size) {
      yield group
      group = []
    }
    group.push(item)
  }
  if (group.length === 0) return
  if (fill !== null && group.length < size) {
    render.budget.items(size)
    while (group.length < size) group.push(fill)
  }
  yield group
}

function* slices(render: Render, value: Value, count: number, fill: Value) {
  const items = toList(render, value)
  if (count === 0) throw templateFault('ZeroDivisionError', 'integer division or modulo by zero')
  const size = Math.floor(items.length / count)
  const extra = ((items.length % count) + count) % count
  let offset = 0
  for (let i = 0; i < count; i++) {
    render.budget.spend(4)
    const start = offset + i * size
    if (i < extra) offset++
    const part = items.slice(start, offset + (i + 1) * size)
    yield fill !== null && i >= extra ? [...part, fill] : part
  }
}

function groupBy(
  render: Render,
  value: Value,
  attribute: Value,
  fallback: Value,
  caseSensitive: Value,
): Value {
  const key = keyOf(render, attribute, caseSensitive, fallback)
  const shown = attributeGetter(render, attribute, fallback)
  const sorted = sortByKey(render, toList(render, value), key, false)
  const groups: { key: Value; items: Value[] }[] = []
  for (const item of sorted) {
    const itemKey = key(item)
    const group = groups.at(-1)
    if (group && isEqual(render, group.key, itemKey)) group.items.push(item)
    else groups.push({ key: itemKey, items: [item] })
  }
  return groups.map(
    (group) =>
      new Group(isTrue(render, caseSensitive) ? group.key : shown(group.items[0]!), group.items),
  )
}

function dictSort(
  render: Render,
  value: Value,
  caseSensitive: Value,
  by: Value,
  backward: Value,
): Value {
  const part = textOf(by)
  if (part !== 'key' && part !== 'value') {
    throw templateFault('FilterArgumentError', 'You can only sort by either "key" or "value"')
  }
  if (value instanceof Undefined) throw value.fault()
  if (!(value instanceof Dict)) {
    throw templateFault('AttributeError', `'${typeName(value)}' object has no attribute 'items'`)
  }
  const pairs = [...value.entries()].map((entry) => new Tuple(entry))
  const sensitive = isTrue(render, caseSensitive)
  const key = (pair: Value): Value => {
    const item = (pair as Tuple).items[part === 'key' ? 0 : 1]!
    return sensitive ? item : withoutCase(render, item)
  }
  return sortByKey(render, pairs, key, isTrue(render, backward))
}

function* pairsOf(render: Render, value: Value) {
  if (value instanceof Undefined) return
  if (!(value instanceof Dict)) {
    throw templateFault('TypeError', 'Can only get item pairs from a mapping.')
  }
  for (const entry of value.entries()) {
    render.budget.spend(1)
    yield new Tuple(entry)
  }
}

function random(render: Render, value: Value): Value {
  const items = toList(render, value)
  if (items.length === 0) return new Undefined('No random item, sequence was empty.')
  if (value instanceof Dict) throw templateFault('KeyError', represent(render, 0))
  return items[Math.floor(Math.random() * items.length)]!
}

const size = (name: string) =>
  [name, method(name, {}, (render, value) => requireSize(render, value))] as const

/** Filters of lists and what else has items. */
export const listFilters: readonly (readonly [name: string, filter: Method])[] = [
  size('length'),
  size('count'),
  ['list', method('list', {}, (render, value) => [...toList(render, value)])],
  [
    'first',
    method('first', {}, (render, value) => {
      for (const item of iterate(render, value)) return item
      return new Undefined('No first item, sequence was empty.')
    }),
  ],
  ['last', method('last', {}, last)],
  ['random', method('random', {}, random)],
  ['reverse', method('reverse', {}, reverse)],
  [
    'sort',
    method(
      'sort',
      { reverse: false, case_sensitive: false, attribute: null },
      (render, value, backward, caseSensitive, attribute) => {
        const get = attributesGetter(render, attribute!)
        const sensitive = isTrue(render, caseSensitive!)
        const key = (item: Value): Value =>
          get(item).map((part) => (sensitive ? part : withoutCase(render, part)))
        return sortByKey(render, toList(render, value), key, isTrue(render, backward!))
      },
    ),
  ],
  [
    'unique',
    method(
      'unique',
      { case_sensitive: false, attribute: null },
      (render, value, caseSensitive, attribute) =>
        new Generator(
          'sync_do_unique',
          unique(render, value, keyOf(render, attribute!, caseSensitive!)),
        ),
    ),
  ],
  [
    'min',
    method('min', { case_sensitive: false, attribute: null }, (render, value, ...args) =>
      extreme(render, value, args[0]!, args[1]!, '<'),
    ),
  ],
  [
    'max',
    method('max', { case_sensitive: false, attribute: null }, (render, value, ...args) =>
      extreme(render, value, args[0]!, args[1]!, '>'),
    ),
  ],
  [
    'sum',
    method('sum', { attribute: null, start: 0 }, (render, value, attribute, start) =>
      sum(render, value, attribute!, start!),
    ),
  ],
  [
    'batch',
    method('batch', { linecount: required, fill_with: null }, (render, value, count, fill) => {
      return new Generator('do_batch', batch(render, value, requireInt(count!), fill!))
    }),
  ],
  [
    'slice',
    method('slice', { slices: required, fill_with: null }, (render, value, count, fill) => {
      return new Generator('sync_do_slice', slices(render, value, requireInt(count!), fill!))
    }),
  ],
  [
    'groupby',
    method(
      'groupby',
      { attribute: required, default: null, case_sensitive: false },
      (render, value, ...args) => groupBy(render, value, args[0]!, args[1]!, args[2]!),
    ),
  ],
  [
    'dictsort',
    method(
      'dictsort',
      { case_sensitive: false, by: 'key', reverse: false },
      (render, value, ...args) => dictSort(render, value, args[0]!, args[1]!, args[2]!),
    ),
  ],
  [
    'items',
    method('items', {}, (render, value) => new Generator('do_items', pairsOf(render, value))),
  ],
]
