import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { round } from './round.ts'

function halfEven(x: number): number {
  const low = Math.floor(x)
  if (x - low !== 0.5) return Math.round(x)
  return low % 2 === 0 ? low : low + 1
}

test('gives known values', async () => {
  close(await values(() => round(tensor([0.5, 1.5, 2.5], { dtype: 'f32' }))), [0, 2, 2], 1e-6)
})

unarySuite(round, (x) => halfEven(x), {
  integers: true,
  inputs: [0, 0.5, 1.5, 2.5, -0.5, -1.5, 0.49, 2.51, -7],
})
