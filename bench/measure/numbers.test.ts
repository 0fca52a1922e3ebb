import { expect, it } from 'vitest'
import { median, spread, table } from './numbers.mjs'

it('takes the middle, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(median([])).toBeNaN()
})

it('shows the median with the range it comes from', () => {
  expect(spread([10, 12.25, 11])).toBe('11.0 (10.0-12.3)')
  expect(spread([])).toBe('-')
})

it('writes a Markdown table', () => {
  expect(table(['a', 'b'], [['1', '2']])).toBe('| a | b |\n| --- | --- |\n| 1 | 2 |')
})
