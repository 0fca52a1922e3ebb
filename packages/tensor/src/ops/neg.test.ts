import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { neg } from './neg.ts'

test('gives known values', async () => {
  close(await values(() => neg(tensor([1, -2], { dtype: 'f32' }))), [-1, 2], 1e-6)
})

unarySuite(neg, (x) => -x, { integers: true })
