import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { leakyRelu } from './leaky-relu.ts'

test('scales what is below 0', async () => {
  close(await values(() => leakyRelu(tensor([-2, 3.5]), { slope: 0.2 })), [-0.4, 3.5], 1e-6)
})

unarySuite(leakyRelu, (x) => (x > 0 ? x : 0.01 * x))
