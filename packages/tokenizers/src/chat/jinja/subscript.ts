import { lookUp, isHashable } from './compare.ts'
import { Dict } from './dict.ts'
import { hasPairs, lengthOf } from './python-text.ts'
import { Range } from './range.ts'
import type { Render } from './render.ts'
import { templateFault } from './template-fault.ts'
import { intOf, isList, textLike, textOf, Tuple, typeName, type Value } from './values.ts'

/** `start:stop:step` between brackets. */
export interface Slice {
  readonly start: Value
  readonly stop: Value
  readonly step: Value
}

/** Python's `value[key]`; undefined where Python raises a lookup or type error. */
export function subscript(render: Render, value: Value, key: Value): Value | undefined {
  if (value instanceof Dict) return isHashable(key) ? lookUp(render, value, key) : undefined
  const int = intOf(key)
  if (int === undefined) return undefined
  const index = Number(int)
  if (isList(value)) return value.at(index)
  if (value instanceof Tuple) return value.items.at(index)
  if (value instanceof Range) {
    const at = index < 0 ? index + value.size : index
    return at >= 0 && at < value.size ? value.at(at) : undefined
  }
  const text = textOf(value)
  if (text === undefined) return undefined
  const character = characterAt(render, text, index)
  return character === undefined ? undefined : textLike(value, character)
}

function characterAt(render: Render, text: string, index: number): string | undefined {
  if (!hasPairs(text)) return text.at(index)
  render.budget.read(text.length)
  return Array.from(text).at(index)
}

/** Python's `value[start:stop:step]`. Throws TypeError for a value that has no slices. */
export function takeSlice(render: Render, value: Value, slice: Slice): Value {
  const text = textOf(value)
  if (text !== undefined) {
    const { start, count, step } = resolve(slice, lengthOf(text))
    render.budget.text(text.length)
    if (!hasPairs(text) && step === 1) return textLike(value, text.slice(start, start + count))
    return textLike(
      value,
      pick(hasPairs(text) ? Array.from(text) : text, start, count, step).join(''),
    )
  }
  const items = isList(value) ? value : value instanceof Tuple ? value.items : undefined
  if (items) {
    const { start, count, step } = resolve(slice, items.length)
    render.budget.items(count)
    const picked = pick(items, start, count, step)
    return isList(value) ? picked : new Tuple(picked)
  }
  if (!(value instanceof Range)) {
    const what =
      value instanceof Dict
        ? "unhashable type: 'slice'"
        : `'${typeName(value)}' object is not subscriptable`
    throw templateFault('TypeError', what)
  }
  const { start, stop, step } = resolve(slice, value.size)
  return new Range(value.at(start), value.at(stop), value.step * step)
}

function pick<Item>(
  items: { readonly [index: number]: Item },
  start: number,
  count: number,
  step: number,
): Item[] {
  return Array.from({ length: count }, (_, i) => items[start + i * step]!)
}

function resolve({ start, stop, step }: Slice, length: number) {
  const stride = bound(step) ?? 1
  if (stride === 0) throw templateFault('ValueError', 'slice step cannot be zero')
  const [low, high] = stride > 0 ? [0, length] : [-1, length - 1]
  const clamp = (value: number | undefined, fallback: number): number => {
    if (value === undefined) return fallback
    return Math.min(Math.max(value < 0 ? value + length : value, low), high)
  }
  const from = clamp(bound(start), stride > 0 ? low : high)
  const to = clamp(bound(stop), stride > 0 ? high : low)
  return {
    start: from,
    stop: to,
    count: Math.max(0, Math.ceil((to - from) / stride)),
    step: stride,
  }
}

function bound(value: Value): number | undefined {
  if (value === null) return undefined
  const int = intOf(value)
  if (int !== undefined) return Number(int)
  throw templateFault(
    'TypeError',
    `slice indices must be integers or None or have an __index__ method, not ${typeName(value)}`,
  )
}
