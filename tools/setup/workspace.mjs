import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** The workspace's packages: folder relative to the root, and its parsed package.json. */
export function packages() {
  const folders = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)
  return [...folders, 'native', 'examples']
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readJson(join(root, folder, 'package.json')) }))
}

/** Parses a JSON file. */
export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

const skipped = new Set(['node_modules', 'dist', 'target', '.git', '.turbo'])

/** Every file below a folder or file of the root that is no build product, in a stable order. */
export function filesBelow(path) {
  const full = join(root, path)
  if (!existsSync(full)) return []
  const entries = readdirSync(full, { withFileTypes: true })
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (skipped.has(entry.name) || entry.name.endsWith('.node')) return []
      const child = join(path, entry.name)
      return entry.isDirectory() ? filesBelow(child) : entry.isFile() ? [child] : []
    })
}

/** One hash over the names and contents of files, given relative to the root. */
export function hashOf(files) {
  const hash = createHash('sha256')
  for (const file of files) {
    const full = join(root, file)
    if (!existsSync(full)) continue
    const content = readFileSync(full)
    hash.update(`${relative(root, full)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}
