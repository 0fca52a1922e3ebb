import { describe, expect, it } from 'vitest'
import { countCargo, countGoldens, countStatus, countVitest } from './counts.mjs'

const cargoOutput = `
running 2 tests
test a ... ok
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
   Doc-tests kernels
test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out
`

describe('the counts of a runner', () => {
  it('takes a tool without counts as one test', () => {
    expect(countStatus({ code: 0 })).toEqual({ passed: 1, failed: 0 })
    expect(countStatus({ code: 2 })).toEqual({ passed: 0, failed: 1 })
  })

  it('sums the test binaries of cargo', () => {
    expect(countCargo({ code: 101, output: cargoOutput })).toEqual({ passed: 5, failed: 1 })
  })

  it('counts a failure that the runner did not count', () => {
    const passing = 'test result: ok. 2 passed; 0 failed; 0 ignored'
    expect(countCargo({ code: 101, output: passing })).toEqual({ passed: 2, failed: 1 })
    expect(countCargo({ code: 101, output: 'error: could not compile' }).failed).toBe(1)
  })

  it('counts a runner that ran nothing as failed', () => {
    expect(countCargo({ code: 0, output: '' })).toEqual({ passed: 0, failed: 1 })
    expect(countGoldens({ code: 0, output: '0 passed, 0 failed, 3 skipped' })).toEqual({
      passed: 0,
      failed: 1,
      skipped: 3,
    })
  })

  it('reads the report of vitest, files that do not load included', () => {
    const loaded = { status: 'passed', assertionResults: [{ status: 'passed' }] }
    const broken = { status: 'failed', assertionResults: [] }
    const report = {
      numPassedTests: 7,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 0,
      testResults: [loaded, broken],
    }
    expect(countVitest({ code: 1, report })).toEqual({ passed: 7, failed: 2, skipped: 2 })
    expect(countVitest({ code: 1, report: undefined })).toEqual({ passed: 0, failed: 1 })
  })

  it('reads the last line of the goldens runner', () => {
    const output = 'llama/greedy: largest difference 1, bound 0\n10 passed, 1 failed, 4 skipped\n'
    expect(countGoldens({ code: 1, output })).toEqual({ passed: 10, failed: 1, skipped: 4 })
    expect(countGoldens({ code: 1, output: 'crash' })).toEqual({ passed: 0, failed: 1 })
  })
})
