import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { sign } from './sign.ts'

test('gives known values', async () => {
  close(await values(() => sign(tensor([5, -2, 0], { dtype: 'f32' }))), [1, -1, 0], 1e-6)
})

unarySuite(sign, (x) => (x > 0 ? 1 : x < 0 ? -1 : 0), { integers: true })
