import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { values } from '../op-suite.ts'
import { logicalNot } from './logical-not.ts'

test.each(['f32', 'bf16', 'i64', 'bool'] as const)('is true where %s is 0', async (dtype) => {
  expect(await values(() => logicalNot(tensor([0, 1, 0], { dtype })))).toEqual([1, 0, 1])
})

test('finds -0 false and NaN true', async () => {
  expect(await values(() => logicalNot(tensor([-0, Number.NaN], { dtype: 'f32' })))).toEqual([1, 0])
})
