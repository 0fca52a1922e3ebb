import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { TokenizerError } from './errors.ts'

/** The bytes of a regular file of at most `limit` bytes; undefined when there is none. */
export async function readBounded(
  path: string,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  signal?.throwIfAborted()
  let file: FileHandle
  try {
    // Without O_NONBLOCK a FIFO in place of the file would block for ever.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw unreadable(path, cause)
  }
  try {
    const { size } = await requireRegular(file, path)
    if (size > limit) {
      throw new TokenizerError(
        'ERR_TOKENIZER_LIMIT',
        `${path}: may be ${limit} bytes at most; got ${size}.`,
        { details: { path, size } },
      )
    }
    return await readWhole(file, size, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof TokenizerError) throw cause
    throw unreadable(path, cause)
  } finally {
    await file.close()
  }
}

// As much as one wait for the disk brings; readFile() waits for every half mebibyte.
const READ_SIZE = 1 << 25

/** The first `size` bytes of a file, or as many as there are. */
export async function readWhole(
  file: FileHandle,
  size: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
  let at = 0
  while (at < size) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(bytes, at, Math.min(size - at, READ_SIZE), at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return bytes.subarray(0, at)
}

async function requireRegular(file: FileHandle, path: string): Promise<{ size: number }> {
  const stats = await file.stat()
  if (stats.isFile()) return stats
  throw new TokenizerError(
    'ERR_TOKENIZER_FILE',
    `${path}: must be a regular file; got a folder, pipe or device.`,
    { details: { path } },
  )
}

/** True for the error of a path that is not there. */
export const isMissing = (cause: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')

/** The error for a path that cannot be read. */
export function unreadable(path: string, cause: unknown): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_FILE',
    `${path}: must be readable; got ${(cause as Error).message}.`,
    { cause, details: { path } },
  )
}
