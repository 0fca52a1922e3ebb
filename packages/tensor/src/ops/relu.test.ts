import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { relu } from './relu.ts'

test('gives known values', async () => {
  close(await values(() => relu(tensor([3, -2], { dtype: 'f32' }))), [3, 0], 1e-6)
})

unarySuite(relu, (x) => (x < 0 ? 0 : x), { integers: true })
