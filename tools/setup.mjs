// `npm run setup`: installs what the workspace needs and builds it; does nothing when all is built.
// This file and its import use old syntax only, so that an old Node can still say what is wrong.
import { requireNode } from './setup/require-node.mjs'

requireNode()
import('./setup/prepare.mjs')
  .then(({ prepare }) => prepare(process.argv.slice(2)))
  .catch((error) => {
    console.error(error.shown ? error.message : error)
    process.exitCode = 1
  })
