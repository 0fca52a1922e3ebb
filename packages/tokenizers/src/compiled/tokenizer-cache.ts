// The cache of tokenizers that were read before, on disk. Whatever goes wrong with it, the tokenizer is read as if it
// were not there.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { readWhole } from '../read-bounded.ts'
import { compiledVersion, compileJson, openCompiled } from './compiled-json.ts'
import { readTokenizerJson } from './read-tokenizer-json.ts'

// Smaller files are read in no time.
const WORTHWHILE = 1 << 20
const MAX_FILE = 512 << 20
const MOST_FILES = 32
const EXTENSION = '.tokenizer'

/**
 * Parses the bytes of a tokenizer.json, from the cache when it is there. `cache`: a folder, or false for none; by
 * default `tokenizers` in the folder that HEDDLE_CACHE names, or in ~/.cache/heddle. An empty HEDDLE_CACHE means none.
 */
export async function readCachedTokenizerJson(
  bytes: Uint8Array,
  where: string,
  cache: string | boolean | undefined,
): Promise<unknown> {
  const folder = bytes.length < WORTHWHILE ? undefined : folderOf(cache)
  if (folder === undefined) return readTokenizerJson(bytes, where)
  const key = sha256(bytes)
  const name = `${Buffer.from(key).toString('hex')}-v${compiledVersion}${EXTENSION}`
  const path = join(folder, name)
  const known = await read(path)
  const opened = known && openCompiled(known, key, crc32)
  if (opened) return opened
  const json = readTokenizerJson(bytes, where)
  const file = compileJson(json, key, crc32)
  if (file) await write(folder, path, file)
  return json
}

function folderOf(cache: string | boolean | undefined): string | undefined {
  if (cache === false) return undefined
  if (typeof cache === 'string') return cache
  const root = process.env.HEDDLE_CACHE ?? join(homedir(), '.cache', 'heddle')
  return root === '' ? undefined : join(root, 'tokenizers')
}

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()

async function read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const handle = await open(path, 'r')
    try {
      const { size } = await handle.stat()
      if (size > MAX_FILE) return undefined
      const bytes = await readWhole(handle, size)
      return bytes.length === size ? bytes : undefined
    } finally {
      await handle.close()
    }
  } catch {
    return undefined
  }
}

/** Writes so that nobody ever sees half a file. */
async function write(folder: string, path: string, file: Uint8Array): Promise<void> {
  const draft = join(folder, `.${randomUUID()}${EXTENSION}`)
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(draft, file, { flag: 'wx' })
    await rename(draft, path)
    await prune(folder)
  } catch {
    await rm(draft, { force: true }).catch(() => {})
  }
}

/** Removes the oldest files beyond a number of them. */
async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(EXTENSION))
  if (names.length <= MOST_FILES) return
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      return { path, time: (await stat(path)).mtimeMs }
    }),
  )
  files.sort((a, b) => b.time - a.time)
  await Promise.all(files.slice(MOST_FILES).map(({ path }) => rm(path, { force: true })))
}
