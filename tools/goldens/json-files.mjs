import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** All .json and .json.gz files at and below `folder`, in order of their names; links are followed once. */
export function* jsonFiles(folder, { deep = true, seen = new Set() } = {}) {
  const real = realpathSync(folder)
  if (seen.has(real)) return
  seen.add(real)
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat?.isFile()) {
      if (stemOf(path) !== undefined) yield path
    } else if (stat?.isDirectory() && deep && name !== 'node_modules' && name !== '.git') {
      yield* jsonFiles(path, { deep, seen })
    }
  }
}

/** Name of a file without folder, .json and .gz; undefined when it is no such file. */
export const stemOf = (path) => /^(.*)\.json(?:\.gz)?$/.exec(basename(path))?.[1]

/** Parsed JSON of a file, gunzipped when it is gzip; undefined when it is not JSON after all. */
export function readJson(path) {
  try {
    const bytes = readFileSync(path)
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b
    return JSON.parse((zipped ? gunzipSync(bytes) : bytes).toString('utf8'))
  } catch {
    return undefined
  }
}

const found = new Map()

/**
 * Content of the first JSON file in `folder` (not below it) that passes `test`, remembered by folder and
 * `what`.
 */
export function findJson(folder, what, test) {
  const key = `${what} ${folder}`
  if (!found.has(key)) found.set(key, search(folder, test))
  return found.get(key)
}

function search(folder, test) {
  for (const path of jsonFiles(folder, { deep: false })) {
    const content = readJson(path)
    if (content !== undefined && content !== null && test(content)) return content
  }
  return undefined
}
