// Writing a folder. Node's modules are asked for when it happens, so that importing this needs no file system.
import { TokenizerError } from './errors.ts'
import { templateFolder } from './tokenizer-files.ts'

// Files that would be read beside ours and say something else.
const stale = ['chat_template.jinja', 'chat_template.json', 'special_tokens_map.json'].concat([
  'added_tokens.json',
])

/** Writes files below a folder: each beside its place first, and then all into their places. */
export async function writeFolder(
  folder: string,
  files: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<string[]> {
  const { fs, path } = fileSystem()
  const random = globalThis.crypto.randomUUID()
  const written: [temporary: string, place: string][] = []
  try {
    for (const [name, text] of files) {
      signal?.throwIfAborted()
      const place = path.join(folder, name)
      const temporary = path.join(path.dirname(place), `.${path.basename(name)}.${random}.tmp`)
      await fs.mkdir(path.dirname(place), { recursive: true })
      written.push([temporary, place])
      const file = await fs.open(temporary, 'wx')
      try {
        await file.writeFile(text, { signal })
        await file.sync()
      } finally {
        await file.close()
      }
    }
    // tokenizer.json, the first, comes last: what can go wrong does so before it is exchanged.
    for (const [temporary, place] of written.reverse()) await fs.rename(temporary, place)
    for (const name of await staleFiles(folder, files)) await fs.rm(path.join(folder, name))
  } catch (cause) {
    await Promise.all(written.map(([temporary]) => fs.rm(temporary, { force: true })))
    signal?.throwIfAborted()
    throw new TokenizerError(
      'ERR_TOKENIZER_FILE',
      `savePretrained: the folder must be writable; got ${(cause as Error).message}.`,
      { cause, details: { folder } },
    )
  }
  return [...files.keys()]
}

async function staleFiles(folder: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const { fs, path } = fileSystem()
  const namesIn = async (place: string): Promise<string[]> => {
    try {
      return await fs.readdir(place)
    } catch {
      return []
    }
  }
  const templates = (await namesIn(path.join(folder, templateFolder)))
    .filter((name) => name.endsWith('.jinja'))
    .map((name) => `${templateFolder}/${name}`)
  const own = (await namesIn(folder)).filter((name) => stale.includes(name))
  return [...own, ...templates].filter((name) => !files.has(name))
}

function fileSystem(): {
  fs: typeof import('node:fs/promises')
  path: typeof import('node:path')
} {
  const { process } = globalThis as { process?: NodeJS.Process }
  const fs = process?.getBuiltinModule?.('node:fs/promises')
  const path = process?.getBuiltinModule?.('node:path')
  if (fs && path) return { fs, path }
  throw new TokenizerError(
    'ERR_TOKENIZER_UNSUPPORTED',
    'savePretrained: there must be a file system; got an environment without. Take the texts of toFiles() instead.',
  )
}
