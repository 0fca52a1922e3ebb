import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HeddleError } from '@heddle/tensor'

/**
 * Writes a file so that readers see the old one or the whole new one: into a temporary file beside it,
 * synced, then renamed. When anything fails nothing is left behind (`ERR_FILE_WRITE`). A file that is
 * mapped somewhere keeps its old bytes there.
 */
export async function writeFileAtomic(
  path: string,
  write: (append: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const folder = dirname(path)
  // The name's start is cut so that the temporary name fits where the name does.
  const name = `.${basename(path).slice(0, 40)}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`
  const temporary = join(folder, name)
  const attempt = async <T>(doing: string, action: () => Promise<T>): Promise<T> => {
    try {
      return await action()
    } catch (error) {
      throw writeError(path, doing, error)
    }
  }
  const handle = await attempt('creating a file in its folder', () => open(temporary, 'wx', 0o666))
  try {
    try {
      await write((bytes) => attempt('writing', () => writeAll(handle, bytes)))
      await attempt('syncing', () => handle.sync())
    } finally {
      await handle.close()
    }
    await attempt('renaming', () => rename(temporary, path))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await attempt('syncing the folder', () => syncFolder(folder))
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0
  while (done < bytes.byteLength) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done)
    done += bytesWritten
  }
}

/** Makes the rename itself durable. Windows has no such thing for folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function writeError(path: string, doing: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (HeddleError.isInstance(error) || code === undefined) return error
  return new HeddleError(
    'ERR_FILE_WRITE',
    `${path}: ${doing} must succeed; got ${code}. Check the folder, its permissions and free space.`,
    { cause: error },
  )
}
