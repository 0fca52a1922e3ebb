import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { square } from './square.ts'

test('gives known values', async () => {
  close(await values(() => square(tensor([3, -2], { dtype: 'f32' }))), [9, 4], 1e-6)
})

unarySuite(square, (x) => x * x, { integers: true })
