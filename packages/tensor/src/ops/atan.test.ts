import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { atan } from './atan.ts'

test('gives known values', async () => {
  close(await values(() => atan(tensor([1, 0], { dtype: 'f32' }))), [Math.PI / 4, 0], 1e-6)
})

unarySuite(atan, (x) => Math.atan(x))
