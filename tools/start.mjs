// `npm start`: sets the workspace up, then the default model tells a story.
// Arguments after `--` go to `heddle generate` and replace the defaults below.
import { requireNode } from './setup/require-node.mjs'

requireNode()
import('./setup/story.mjs')
  .then(({ story }) => story(process.argv.slice(2)))
  .catch((error) => {
    console.error(error.shown ? error.message : error)
    process.exitCode = 1
  })
