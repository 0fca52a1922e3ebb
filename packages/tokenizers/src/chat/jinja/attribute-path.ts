import { getItem } from './attributes.ts'
import type { Render } from './render.ts'
import { textOf, Undefined, type Value } from './values.ts'

/** A function that reads `a.b.0` of a value; `fallback`, unless null, stands in for what is undefined. */
export function attributeGetter(
  render: Render,
  path: Value,
  fallback: Value = null,
): (item: Value) => Value {
  const parts = partsOf(path)
  return (item) => {
    let value = item
    for (const part of parts) {
      render.budget.spend(1)
      value = getItem(render, value, part)
      if (fallback !== null && value instanceof Undefined) value = fallback
    }
    return value
  }
}

/** A function that reads several attributes, as in `a.b,c`. */
export function attributesGetter(render: Render, paths: Value): (item: Value) => Value[] {
  const text = textOf(paths)
  const getters = (text === undefined ? [paths] : text.split(',')).map((path) =>
    attributeGetter(render, path),
  )
  return (item) => getters.map((get) => get(item))
}

function partsOf(path: Value): Value[] {
  if (path === null) return []
  const text = textOf(path)
  if (text === undefined) return [path]
  return text.split('.').map((part) => (/^\d{1,15}$/.test(part) ? Number(part) : part))
}

/** Strings in lower case and anything else as it is: what sorting compares unless it is to mind case. */
export function withoutCase(render: Render, value: Value): Value {
  const text = textOf(value)
  if (text === undefined) return value
  render.budget.text(text.length)
  return render.changed(text, (part) => part.toLowerCase())
}
