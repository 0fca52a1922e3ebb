// Recognises goldens by content, never by folder or file name.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { chatLanguage, chatTemplate } from './kinds/chat.mjs'
import { checkpoint } from './kinds/checkpoint.mjs'
import { processors } from './kinds/processors.mjs'
import { operations } from './kinds/ops.mjs'
import { realModel } from './kinds/real.mjs'
import { later } from './kinds/later.mjs'
import { realTokenizer, syntheticTokenizers } from './kinds/tokenizers.mjs'

/** Sources below `folder` that pass the filter: `{ kind, name, run({ heddle, report }) }`. */
export function discover(folder, accepts) {
  const sources = []
  for (const path of walk(folder)) {
    const text = jsonName(path)
    if (text === undefined) continue
    let content
    try {
      content = readJson(path)
    } catch {
      continue // Not JSON after all: not a golden.
    }
    if (typeof content !== 'object' || content === null) continue
    for (const recognise of kinds) {
      const found = recognise({
        path,
        folder: dirname(path),
        stem: text,
        content,
        accepts,
        root: folder,
      })
      if (found) {
        sources.push(...found)
        break
      }
    }
  }
  return sources
}

// In order; the first that knows the content takes the file. A recogniser returns undefined for content
// that is not its own, and the (filtered) list of sources otherwise.
const kinds = [
  checkpoint,
  realModel,
  realTokenizer,
  syntheticTokenizers,
  chatTemplate,
  chatLanguage,
  processors,
  operations,
  ...later,
]

function* walk(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules' && !entry.name.startsWith('.')) yield* walk(path)
    } else yield path
  }
}

function jsonName(path) {
  const match = /^(.*)\.json(\.gz)?$/.exec(basename(path))
  return match?.[1]
}

/** Parsed JSON of a file, gunzipped when its name says so. */
export function readJson(path) {
  const bytes = readFileSync(path)
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'))
}

/** The sibling file of a golden, gzipped or not. */
export function sibling(folder, name) {
  for (const path of [join(folder, name), join(folder, `${name}.gz`)])
    if (existsSync(path)) return path
  return undefined
}
