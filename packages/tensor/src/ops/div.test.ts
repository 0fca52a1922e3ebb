import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { div } from './div.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, 2],
    [10, -20],
  ]
  close(
    await values(() => div(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [0.1, -0.1],
    1e-6,
  )
})

test('turns integers into f32', async () => {
  close(await values(() => div(tensor([1, 3]), 2)), [0.5, 1.5], 0)
})

binarySuite(div, (a, b) => a / b, { dtypes: ['f32', 'f64'] })
