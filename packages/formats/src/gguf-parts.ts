import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { FormatError } from '@heddle/tensor'
import { CheckpointError } from './errors.ts'
import type { GGUFHeader } from './gguf-header.ts'
import { quote } from './quote.ts'

/** Most parts of one split file. */
export const maxParts = 1024

/** Paths of the parts behind the first of a split GGUF file, from its own name; none for a whole file. */
export function partPaths(path: string, { metadata }: GGUFHeader): string[] {
  const count = metadata.values.get('split.count')
  // A file that was put together again says 0.
  if (count === undefined || count === 0 || count === 1) return []
  const wrong = (rule: string, got: unknown, what: string) =>
    new FormatError('ERR_FORMAT_SPLIT', `${path}: ${rule}; got ${quote(got)}. ${what}`)
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > maxParts) {
    throw wrong(`split.count must be from 0 to ${maxParts}`, count, 'Download the file again.')
  }
  const name = basename(path)
  const match = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/.exec(name)
  if (!match || Number(match[3]) !== count) {
    const rule = `the first of ${count} parts must be called NAME-00001-of-${digits(count)}.gguf`
    throw wrong(rule, name, 'Give the parts their own names back.')
  }
  if (Number(match[2]) !== 1) {
    throw wrong('a split file must be opened by its first part', name, 'Pass the first part.')
  }
  const paths = Array.from({ length: count - 1 }, (_, i) =>
    join(dirname(path), `${match[1]}-${digits(i + 2)}-of-${digits(count)}.gguf`),
  )
  const missing = paths.filter((part) => !existsSync(part))
  if (missing.length === 0) return paths
  throw new CheckpointError(
    'ERR_CHECKPOINT_MISSING_SHARD',
    `${path}: all ${count} parts must lie in one folder; got none at ${quote(missing[0])}` +
      `${missing.length > 1 ? ` and ${missing.length - 1} more` : ''}. Download the missing parts.`,
    { details: { missing } },
  )
}

const digits = (number: number): string => String(number).padStart(5, '0')
