import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { FormatError, HeddleError } from '@heddle/tensor'
import { fileError } from './file-error.ts'
import { type JsonValue, parseJson } from './parse-json.ts'

/** Options of `readJsonFile`. */
export interface ReadJsonOptions {
  /** Larger files are refused before they are read (default 16 MiB). */
  maxBytes?: number
}

/**
 * Reads a JSON file strictly (see `parseJson`): objects without prototype, duplicate keys are errors.
 * `ERR_FILE_NOT_FOUND`, `ERR_FILE_KIND`, `ERR_FILE_TOO_LARGE`, `ERR_FILE_ACCESS`, `ERR_FORMAT_JSON`.
 */
export async function readJsonFile(
  path: string,
  options: ReadJsonOptions = {},
): Promise<JsonValue> {
  const bytes = await readBounded(path, options.maxBytes ?? 16 * 2 ** 20)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new FormatError(
      'ERR_FORMAT_JSON',
      `${path}: must be UTF-8; got bytes that are not. Save the file as UTF-8.`,
      { cause },
    )
  }
  return parseJson(text, path)
}

async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    // Opening a pipe would wait for a writer for ever.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const info = await handle.stat()
      if (!info.isFile()) {
        const kind = info.isDirectory() ? 'a folder' : 'a pipe, socket or device'
        throw new HeddleError(
          'ERR_FILE_KIND',
          `${path}: a file must be a regular file; got ${kind}. Check the path.`,
        )
      }
      if (info.size > maxBytes) {
        throw new HeddleError(
          'ERR_FILE_TOO_LARGE',
          `${path}: the file must have at most ${maxBytes} bytes; got ${info.size}. Is it the right file?`,
        )
      }
      const bytes = new Uint8Array(info.size)
      let filled = 0
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return bytes.subarray(0, filled)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw fileError(path, 'reading', error)
  }
}
