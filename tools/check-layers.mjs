// Compares every package.json and every import with the table in check-layers/layers.mjs.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage } from './check-layers/check-package.mjs'
import { findCycles } from './check-layers/find-cycles.mjs'
import { methodFiles } from './check-layers/layers.mjs'
import { filesBelow, packages, readJson, root } from './setup/workspace.mjs'

const forTests = Object.keys(readJson(join(root, 'package.json')).devDependencies)
const problems = []
const packageGraph = {}
let fileCount = 0
for (const { folder, manifest } of packages()) {
  if (folder === 'examples') continue
  const paths = filesBelow(`${folder}/src`).filter((path) => /\.[cm]?tsx?$/.test(path))
  const read = (path) => [path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')]
  const files = Object.fromEntries(paths.map(read))
  const result = checkPackage({ folder, manifest, files, forTests })
  problems.push(...result.problems)
  packageGraph[folder.split('/').at(-1)] = result.edges
  fileCount += paths.length
  for (const path of methodFiles) delete result.modules[path]
  for (const cycle of findCycles(result.modules)) {
    problems.push(`${cycle[0]}: imports must not form a cycle; got ${cycle.join(' -> ')}.`)
  }
}
for (const cycle of findCycles(packageGraph)) {
  problems.push(`packages: dependencies must not form a cycle; got ${cycle.join(' -> ')}.`)
}
for (const problem of problems) console.error(problem)
const count = Object.keys(packageGraph).length
console.log(`check-layers: ${count} packages, ${fileCount} files, ${problems.length} problems`)
process.exitCode = problems.length ? 1 : 0
