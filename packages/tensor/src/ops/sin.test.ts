import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { sin } from './sin.ts'

test('gives known values', async () => {
  close(await values(() => sin(tensor([0, Math.PI / 2], { dtype: 'f32' }))), [0, 1], 1e-6)
})

unarySuite(sin, (x) => Math.sin(x))
