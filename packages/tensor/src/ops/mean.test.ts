import { reductionSuite } from '../reduction-suite.ts'
import { mean } from './mean.ts'

reductionSuite(mean, (list) => list.reduce((a, b) => a + b, 0) / list.length, {
  empty: Number.NaN,
  integers: 'ERR_DTYPE',
})
