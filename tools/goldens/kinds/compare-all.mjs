/**
 * Compares every item; undefined when all agree, else how many differ, and the first difference. An error
 * that is thrown is a difference.
 */
export function compareAll(items, compare) {
  let count = 0
  let first
  items.forEach((item, i) => {
    const difference = safely(() => compare(item, i))
    if (difference === undefined) return
    count++
    first ??= `at ${i}${typeof item === 'string' ? ` ${JSON.stringify(item.slice(0, 40))}` : ''}: ${difference}`
  })
  return first && `${count} of ${items.length} differ, the first ${first}`
}

function safely(fn) {
  try {
    return fn()
  } catch (error) {
    return `${error.code ?? error.name}: ${error.message.slice(0, 120)}`
  }
}
