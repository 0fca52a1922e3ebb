import { isOrdered } from './compare.ts'
import type { Render } from './render.ts'
import type { Value } from './values.ts'

/** A stable sort that asks only whether one item comes before another; `reverse` keeps the order of equal items. */
export function sortValues<Item>(
  render: Render,
  items: readonly Item[],
  isBefore: (a: Item, b: Item) => boolean,
  reverse: boolean,
): Item[] {
  render.budget.items(4 * items.length)
  return [...items].sort((a, b) => {
    render.budget.spend(1)
    if (reverse ? isBefore(b, a) : isBefore(a, b)) return -1
    return (reverse ? isBefore(a, b) : isBefore(b, a)) ? 1 : 0
  })
}

/** Items sorted by the value that `key` gives for each. */
export function sortByKey(
  render: Render,
  items: readonly Value[],
  key: (item: Value) => Value,
  reverse: boolean,
): Value[] {
  const keyed = items.map((item) => [key(item), item] as const)
  return sortValues(render, keyed, (a, b) => isOrdered(render, '<', a[0], b[0]), reverse).map(
    ([, item]) => item,
  )
}
