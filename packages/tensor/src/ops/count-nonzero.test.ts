import { reductionSuite } from '../reduction-suite.ts'
import { countNonzero } from './count-nonzero.ts'

reductionSuite(countNonzero, (list) => list.filter((v) => v !== 0).length, {
  empty: 0,
  integers: 'i64',
})
