import { HeddleError } from '@heddle/tensor'

const missing = new Set(['ENOENT', 'ENOTDIR'])

/** Turns an error of Node's file system into ours (`ERR_FILE_...`); errors of heddle pass through. */
export function fileError(where: string, doing: string, error: unknown): unknown {
  if (HeddleError.isInstance(error)) return error
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === undefined) return error
  if (missing.has(code)) {
    return new HeddleError(
      'ERR_FILE_NOT_FOUND',
      `${where}: the file must exist; got nothing at that path. Check the path.`,
      { cause: error },
    )
  }
  return new HeddleError(
    'ERR_FILE_ACCESS',
    `${where}: ${doing} must succeed; got ${code}. Check the path, its permissions and the disk.`,
    { cause: error },
  )
}
