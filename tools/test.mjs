// `npm test`: sets the workspace up, runs every check and test, and ends with one line
// `N passed, N failed`. Arguments name the runners to use: `npm test -- lint unit`.
import { requireNode } from './setup/require-node.mjs'

requireNode()
import('./test-all/test-all.mjs')
  .then(({ testAll }) => testAll(process.argv.slice(2)))
  .catch((error) => {
    console.error(error.shown ? error.message : error)
    console.log('0 passed, 1 failed')
    process.exitCode = 1
  })
