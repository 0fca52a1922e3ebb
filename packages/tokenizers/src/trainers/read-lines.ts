import { createReadStream } from 'node:fs'
import { TokenizerError } from '../errors.ts'

/** Options of {@link readLines}. */
export interface ReadLinesOptions {
  /** The longest line to accept, in UTF-16 units; it bounds the memory. 16 Mi by default. */
  readonly maxLineLength?: number | undefined
}

/** The lines of UTF-8 text files, one file after another, without line ends; at most one line is held at a time. */
export async function* readLines(
  paths: string | URL | readonly (string | URL)[],
  { maxLineLength = 2 ** 24 }: ReadLinesOptions = {},
): AsyncGenerator<string, void, undefined> {
  const list = typeof paths === 'string' || paths instanceof URL ? [paths] : paths
  for (const path of list) {
    let rest = ''
    for await (const text of decoded(path)) {
      const parts = text.split('\n')
      parts[0] = rest + parts[0]
      rest = parts.pop()!
      for (const line of parts) yield withoutReturn(checked(line, maxLineLength, path))
      checked(rest, maxLineLength, path)
    }
    if (rest !== '') yield withoutReturn(rest)
  }
}

async function* decoded(path: string | URL): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let read = false
  try {
    for await (const chunk of createReadStream(path)) {
      read = true
      yield decoder.decode(chunk as Uint8Array, { stream: true })
    }
    yield decoder.decode()
  } catch (cause) {
    if (cause instanceof TokenizerError) throw cause
    const rule = cause instanceof TypeError && read ? 'UTF-8 text' : 'a file that can be read'
    throw new TokenizerError(
      'ERR_TOKENIZER_FILE',
      `readLines: ${path} must be ${rule}; got ${(cause as Error).message}.`,
      { cause },
    )
  }
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

function checked(line: string, max: number, path: string | URL): string {
  if (line.length <= max) return line
  throw new TokenizerError(
    'ERR_TOKENIZER_LIMIT',
    `readLines: a line may have ${max} UTF-16 units at most; got more in ${path}. Raise maxLineLength.`,
  )
}
