import { isEqual } from './compare.ts'
import { method, type Method } from './method.ts'
import { requireInt, required } from './parameters.ts'
import type { Render } from './render.ts'
import { represent } from './represent.ts'
import { templateFault } from './template-fault.ts'
import { isList, Tuple, type Value } from './values.ts'

const itemsOf = (self: Value): readonly Value[] =>
  isList(self) ? self : self instanceof Tuple ? self.items : []

const count = method('count', { value: required }, (render, self, value) => {
  const items = itemsOf(self)
  render.budget.spend(items.length)
  return items.filter((item) => isEqual(render, item, value!)).length
})

const index = method(
  'index',
  { value: required, start: 0, stop: Number.MAX_SAFE_INTEGER },
  (render, self, value, start, stop) => {
    const items = itemsOf(self)
    const from = clamp(requireInt(start!), items.length)
    const to = clamp(requireInt(stop!), items.length)
    for (let i = from; i < to; i++) {
      render.budget.spend(1)
      if (isEqual(render, items[i]!, value!)) return i
    }
    throw notFound(render, self, value!)
  },
)

const clamp = (at: number, length: number) =>
  Math.max(0, at < 0 ? at + length : Math.min(at, length))

const notFound = (render: Render, self: Value, value: Value) =>
  templateFault(
    'ValueError',
    isList(self) ? `${represent(render, value)} is not in list` : 'tuple.index(x): x not in tuple',
  )

const copy = method('copy', {}, (render, self) => {
  render.budget.items(itemsOf(self).length)
  return [...itemsOf(self)]
})

/** Methods of list; those that change it are out of reach. */
export const listMethods: ReadonlyMap<string, Method | 'unsafe'> = new Map<
  string,
  Method | 'unsafe'
>([
  ['count', count],
  ['index', index],
  ['copy', copy],
  ...['append', 'clear', 'extend', 'insert', 'pop', 'remove', 'reverse', 'sort'].map(
    (name) => [name, 'unsafe'] as const,
  ),
])

/** Methods of tuple. */
export const tupleMethods: ReadonlyMap<string, Method | 'unsafe'> = new Map([
  ['count', count],
  ['index', index],
])
