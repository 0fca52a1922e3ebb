import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { asin } from './asin.ts'

test('gives known values', async () => {
  close(await values(() => asin(tensor([1, 2], { dtype: 'f32' }))), [Math.PI / 2, Number.NaN], 1e-6)
})

unarySuite(asin, (x) => Math.asin(x))
