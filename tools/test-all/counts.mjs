/** One tool that only passes or fails. */
export function countStatus({ code }) {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

/** The sum over cargo's `test result:` lines. */
export function countCargo({ code, output }) {
  const counts = { passed: 0, failed: 0 }
  for (const match of output.matchAll(/^test result: .*? (\d+) passed; (\d+) failed;/gm)) {
    counts.passed += Number(match[1])
    counts.failed += Number(match[2])
  }
  return atLeastOneFailure(counts, code)
}

/** The counts of vitest's JSON report; files that could not be loaded count as failures. */
export function countVitest({ code, report }) {
  if (!report) return { passed: 0, failed: 1 }
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((result) => result.status !== 'failed'),
  )
  const failed = report.numFailedTests + broken.length
  const counts = { passed: report.numPassedTests, failed }
  const skipped = report.numPendingTests + report.numTodoTests
  return { ...atLeastOneFailure(counts, code), ...(skipped ? { skipped } : {}) }
}

/** The counts of the last line of the goldens runner, `N passed, N failed, N skipped`. */
export function countGoldens({ code, output }) {
  const last = output.trimEnd().split('\n').at(-1)
  const match = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(last)
  if (!match) return { passed: 0, failed: 1 }
  const [passed, failed, skipped] = match.slice(1).map(Number)
  return { ...atLeastOneFailure({ passed, failed }, code), skipped }
}

// A runner may fail in ways that it does not count: a crash, a compile error, an unhandled error.
// One that ran nothing has not passed either.
function atLeastOneFailure({ passed, failed }, code) {
  const isBroken = failed === 0 && (code !== 0 || passed === 0)
  return { passed, failed: isBroken ? 1 : failed }
}
