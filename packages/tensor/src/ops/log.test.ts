import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { log } from './log.ts'

test('gives known values', async () => {
  close(await values(() => log(tensor([1, Math.E], { dtype: 'f32' }))), [0, 1], 1e-6)
})

unarySuite(log, (x) => Math.log(x))
