import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { floor } from './floor.ts'

test('gives known values', async () => {
  close(await values(() => floor(tensor([1.5, -1.5], { dtype: 'f32' }))), [1, -2], 1e-6)
})

unarySuite(floor, (x) => Math.floor(x), { integers: true })
