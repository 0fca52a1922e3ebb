import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { clamp } from './clamp.ts'

test('limits from both sides or one, and keeps NaN', async () => {
  const x = () => tensor([-3, 0.5, 9, Number.NaN], { dtype: 'f32' })
  expect(await values(() => clamp(x(), { min: -1, max: 2 }))).toEqual([-1, 0.5, 2, Number.NaN])
  expect(await values(() => clamp(x(), { min: 0 }))).toEqual([0, 0.5, 9, Number.NaN])
  expect(await values(() => clamp(x(), { max: 0 }))).toEqual([-3, 0, 0, Number.NaN])
  expect(await values(() => clamp(x(), { min: 5, max: 2 }))).toEqual([2, 2, 2, Number.NaN])
})

test('keeps integers with whole limits, widens them with others', async () => {
  expect(await values(() => clamp(tensor([-3, 9]), { min: 0, max: 4 }))).toEqual([0, 4])
  expect(await values(() => clamp(tensor([-3, 9]), { max: 4.5 }))).toEqual([-3, 4.5])
})

test('refuses to limit nothing', async () => {
  const x = tensor([1])
  expect(await codeOf(() => clamp(x, {}))).toBe('ERR_OPTION')
  x.dispose()
})
