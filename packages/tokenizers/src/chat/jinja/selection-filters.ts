import { attributeGetter } from './attribute-path.ts'
import { onlyAttribute } from './attributes.ts'
import { isTrue, iterate } from './iterate.ts'
import { method, type Method } from './method.ts'
import { requireText, required } from './parameters.ts'
import type { Render } from './render.ts'
import { templateFault } from './template-fault.ts'
import { Generator, Undefined, type Keywords, type Value } from './values.ts'

/** The function that `map` applies: a filter by name, or an attribute. */
function mapping(
  render: Render,
  args: readonly Value[],
  keywords: Keywords,
): (item: Value) => Value {
  if (args.length === 0 && keywords.has('attribute')) {
    const other = [...keywords.keys()].find((key) => key !== 'attribute' && key !== 'default')
    if (other !== undefined) {
      throw templateFault('FilterArgumentError', `Unexpected keyword argument '${other}'`)
    }
    return attributeGetter(render, keywords.get('attribute')!, keywords.get('default') ?? null)
  }
  const [name, ...rest] = args
  if (name === undefined) {
    throw templateFault('FilterArgumentError', 'map requires a filter argument')
  }
  const filterName = requireText(name, 'filter name')
  const filter = render.language.filter(filterName)
  if (!filter) throw templateFault('TemplateRuntimeError', `No filter named '${filterName}'.`)
  return (item) => {
    render.budget.spend(1)
    return filter(render, item, rest, keywords)
  }
}

const map: Method = (render, value, args, keywords) => {
  function* mapped() {
    if (!isTrue(render, value)) return
    const apply = mapping(render, args, keywords)
    for (const item of iterate(render, value)) yield apply(item)
  }
  return new Generator('sync_do_map', mapped())
}

/** A filter that keeps the items of which a test, or their own truth, is `wanted`. */
const selecting = (name: string, byAttribute: boolean, wanted: boolean) => {
  const select: Method = (render, value, args, keywords) => {
    function* selected() {
      if (!isTrue(render, value)) return
      const passes = testOf(render, args, keywords, byAttribute)
      for (const item of iterate(render, value)) if (passes(item) === wanted) yield item
    }
    return new Generator('select_or_reject', selected())
  }
  return [name, select] as const
}

function testOf(
  render: Render,
  args: readonly Value[],
  keywords: Keywords,
  byAttribute: boolean,
): (item: Value) => boolean {
  const [attribute] = args
  if (byAttribute && attribute === undefined) {
    throw templateFault('FilterArgumentError', 'Missing parameter for attribute name')
  }
  const get = byAttribute ? attributeGetter(render, attribute!) : (item: Value) => item
  const [name, ...rest] = args.slice(byAttribute ? 1 : 0)
  if (name === undefined) return (item) => isTrue(render, get(item))
  const testName = requireText(name, 'test name')
  const test = render.language.test(testName)
  if (!test) throw templateFault('TemplateRuntimeError', `No test named '${testName}'.`)
  return (item) => {
    render.budget.spend(1)
    return test(render, get(item), rest, keywords)
  }
}

const fallBack = (name: string) =>
  [
    name,
    method(name, { default_value: '', boolean: false }, (render, value, fallback, boolean) => {
      const missing =
        value instanceof Undefined || (isTrue(render, boolean!) && !isTrue(render, value))
      return missing ? fallback! : value
    }),
  ] as const

/** Filters that choose among items, attributes and values. */
export const selectionFilters: readonly (readonly [name: string, filter: Method])[] = [
  ['map', map],
  selecting('select', false, true),
  selecting('reject', false, false),
  selecting('selectattr', true, true),
  selecting('rejectattr', true, false),
  fallBack('default'),
  fallBack('d'),
  [
    'attr',
    method('attr', { name: required }, (render, value, name) =>
      onlyAttribute(render, value, requireText(name!, 'attribute name')),
    ),
  ],
]
