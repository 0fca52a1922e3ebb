import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { acos } from './acos.ts'

test('gives known values', async () => {
  close(await values(() => acos(tensor([1, 2], { dtype: 'f32' }))), [0, Number.NaN], 1e-6)
})

unarySuite(acos, (x) => Math.acos(x))
