import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { trunc } from './trunc.ts'

test('gives known values', async () => {
  close(await values(() => trunc(tensor([1.5, -1.5], { dtype: 'f32' }))), [1, -1], 1e-6)
})

unarySuite(trunc, (x) => Math.trunc(x), { integers: true })
