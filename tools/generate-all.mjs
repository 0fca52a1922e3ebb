// `pnpm gen`: runs every tools/gen/*.mjs. With --check it also fails when a file changed by that.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { run } from './setup/steps.mjs'
import { filesBelow, root } from './setup/workspace.mjs'

/** The files whose content differs between two snapshots, added and removed ones included. */
export function changedFiles(before, after) {
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort()
}

// Compared by content, not by git: the check is the same in a clone, an archive and a dirty tree.
function snapshot() {
  const paths = ['packages', 'native', 'tools', 'FEATURES.md'].flatMap((path) =>
    path.includes('.') ? [path] : filesBelow(path),
  )
  const isText = (path) => !path.endsWith('.safetensors') && existsSync(join(root, path))
  const read = (path) => [path, readFileSync(join(root, path), 'latin1')]
  return new Map(paths.filter(isText).map(read))
}

async function main(isCheck) {
  const folder = join(root, 'tools/gen')
  const names = existsSync(folder) ? readdirSync(folder) : []
  const generators = names.filter((name) => name.endsWith('.mjs') && !name.endsWith('.test.mjs'))
  const before = isCheck ? snapshot() : undefined
  for (const name of generators.sort()) {
    const { output } = await run(process.execPath, [join(folder, name)])
    process.stdout.write(output)
  }
  const changed = before ? changedFiles(before, snapshot()) : []
  for (const path of changed) {
    console.error(
      `${path}: must be as generated; got other content. Commit what \`pnpm gen\` wrote.`,
    )
  }
  console.log(`gen: ${generators.length} generators, ${changed.length} files out of date`)
  process.exitCode = changed.length ? 1 : 0
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.includes('--check')).catch((error) => {
    console.error(error.shown ? error.message : error)
    process.exitCode = 1
  })
}
