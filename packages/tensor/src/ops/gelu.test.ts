import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { gelu } from './gelu.ts'

/** erf by its series of terms of one sign. */
function erfOf(x: number): number {
  if (!(Math.abs(x) < 6)) return Number.isNaN(x) ? x : Math.sign(x)
  let [term, sum] = [x, x]
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++)
    sum += term *= (2 * x * x) / (2 * n + 1)
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

test('gives known values', async () => {
  close(await values(() => gelu(tensor([1, -1], { dtype: 'f32' }))), [0.8413447, -0.1586553], 1e-6)
})

unarySuite(gelu, (x) => 0.5 * x * (1 + erfOf(x * Math.SQRT1_2)))
