import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { tan } from './tan.ts'

test('gives known values', async () => {
  close(await values(() => tan(tensor([0, Math.PI / 4], { dtype: 'f32' }))), [0, 1], 1e-6)
})

unarySuite(tan, (x) => Math.tan(x))
