import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { ne } from './ne.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, Number.NaN],
    [1, Number.NaN],
  ]
  close(
    await values(() => ne(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [0, 1],
    1e-6,
  )
})

binarySuite(ne, (a, b) => a !== b, { result: 'bool' })
