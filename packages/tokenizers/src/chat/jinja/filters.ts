import { isTrue, toList } from './iterate.ts'
import { toJson } from './json-text.ts'
import { listFilters } from './list-filters.ts'
import { markupFilters } from './markup-filters.ts'
import { method, type Method } from './method.ts'
import { numberFilters } from './number-filters.ts'
import { requireText } from './parameters.ts'
import { prettyText } from './pretty-text.ts'
import type { Render } from './render.ts'
import { selectionFilters } from './selection-filters.ts'
import { templateFault } from './template-fault.ts'
import { textFilters } from './text-filters.ts'
import { intOf, type Value } from './values.ts'

// Chat templates have json.dumps for `tojson`, not Jinja's own, which escapes for HTML.
const json = method(
  'tojson',
  { ensure_ascii: false, indent: null, separators: null, sort_keys: false },
  (render, value, ensureAscii, indent, separators, sortKeys) => {
    const indention = indentOf(render, indent!)
    const [item, key] =
      separators === null
        ? [indention === undefined ? ', ' : ',', ': ']
        : toList(render, separators!).map((part) => requireText(part, 'separator'))
    if (item === undefined || key === undefined) {
      throw templateFault('ValueError', 'separators must be a pair')
    }
    return toJson(render, value, {
      ensureAscii: isTrue(render, ensureAscii!),
      indent: indention,
      itemSeparator: item,
      keySeparator: key,
      sortKeys: isTrue(render, sortKeys!),
    })
  },
)

function indentOf(render: Render, indent: Value): string | undefined {
  if (indent === null) return undefined
  const size = intOf(indent)
  if (size === undefined) return requireText(indent, 'indent')
  render.budget.text(Number(size))
  return ' '.repeat(Math.max(0, Number(size)))
}

const filters: ReadonlyMap<string, Method> = new Map<string, Method>([
  ...textFilters,
  ...listFilters,
  ...numberFilters,
  ...markupFilters,
  ...selectionFilters,
  ['tojson', json],
  ['pprint', method('pprint', {}, (render, value) => prettyText(render, value))],
])

/** A filter by name; undefined when there is none. */
export function filterOf(name: string): Method | undefined {
  return filters.get(name)
}
