import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { sinh } from './sinh.ts'

test('gives known values', async () => {
  close(await values(() => sinh(tensor([0, 1], { dtype: 'f32' }))), [0, 1.1752012], 1e-6)
})

unarySuite(sinh, (x) => Math.sinh(x))
