import { lookUp } from './compare.ts'
import { Dict, DictView } from './dict.ts'
import { iterate, toList } from './iterate.ts'
import { method, type Method } from './method.ts'
import { required } from './parameters.ts'
import type { Render } from './render.ts'
import { templateFault } from './template-fault.ts'
import { typeName, type Keywords, type Value } from './values.ts'

const view = (part: 'keys' | 'values' | 'items') =>
  method(part, {}, (_render, self) => new DictView(self as Dict, part))

/** Methods of dict; those that change it are out of reach. */
export const dictMethods: ReadonlyMap<string, Method | 'unsafe'> = new Map<
  string,
  Method | 'unsafe'
>([
  ['keys', view('keys')],
  ['values', view('values')],
  ['items', view('items')],
  [
    'get',
    method('get', { key: required, default: null }, (render, self, key, fallback) => {
      const value = lookUp(render, self as Dict, key!)
      return value === undefined ? fallback! : value
    }),
  ],
  ['copy', method('copy', {}, (render, self) => copyDict(render, self as Dict))],
  ['fromkeys', (render, _self, args, keywords) => fromKeys(render, null, args, keywords)],
  ...['clear', 'pop', 'popitem', 'setdefault', 'update'].map((name) => [name, 'unsafe'] as const),
])

function copyDict(render: Render, dict: Dict): Dict {
  render.budget.items(dict.size)
  const copy = new Dict()
  for (const [key, value] of dict.entries()) copy.set(key, value)
  return copy
}

/** `dict.fromkeys`. */
export const fromKeys: Method = method(
  'fromkeys',
  { iterable: required, value: null },
  (render, _self, keys, value) => {
    const dict = new Dict()
    for (const key of iterate(render, keys!)) dict.set(key, value!)
    return dict
  },
)

/** `dict(...)`: of a mapping or of pairs, and of keyword arguments. */
export function makeDict(render: Render, args: readonly Value[], keywords: Keywords): Dict {
  if (args.length > 1) {
    throw templateFault('TypeError', `dict expected at most 1 argument, got ${args.length}`)
  }
  const [source] = args
  const dict = source instanceof Dict ? copyDict(render, source) : new Dict()
  if (source !== undefined && !(source instanceof Dict)) {
    for (const pair of iterate(render, source)) {
      const items = toList(render, pair)
      if (items.length !== 2) {
        throw templateFault(
          'ValueError',
          `dictionary update sequence element has length ${items.length}; 2 is required, got a ${typeName(pair)}`,
        )
      }
      dict.set(items[0]!, items[1]!)
    }
  }
  render.budget.items(keywords.size)
  for (const [key, value] of keywords) dict.set(key, value)
  return dict
}
