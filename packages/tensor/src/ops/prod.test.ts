import { reductionSuite } from '../reduction-suite.ts'
import { prod } from './prod.ts'

reductionSuite(prod, (list) => list.reduce((a, b) => a * b, 1), { empty: 1, tolerance: 1e-5 })
