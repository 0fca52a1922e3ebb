import type { TokenColumns } from '../token-columns.ts'
import { isWhitespace } from '../unicode.ts'
import type { ProcessSettings } from './post-processor.ts'

/** Takes the spaces at both ends of byte-level tokens out of their offsets, also in what was cut off. */
export function trimOffsets(
  row: TokenColumns,
  addPrefixSpace: boolean,
  settings: ProcessSettings,
): TokenColumns {
  const trimmed = trimRow(row, addPrefixSpace, settings)
  if (!row.mayOverflow) return trimmed
  return trimmed.with({}, (part) => trimRow(part, addPrefixSpace, settings))
}

function trimRow(
  row: TokenColumns,
  addPrefixSpace: boolean,
  { tokenOf }: ProcessSettings,
): TokenColumns {
  const { ids, written } = row.values
  const points = [...row.values.points]
  const isPlain = row.values.points === row.values.spans
  const spans = isPlain ? points : [...row.values.spans]
  let changed = false
  for (let i = 0; i < ids.length; i++) {
    const token = written?.[i] ?? tokenOf(ids[i]!) ?? ''
    let leading = leadingSpaces(token)
    const trailing = trailingSpaces(token)
    if (leading === 0 && trailing === 0) continue
    const start = points[2 * i]!
    const end = points[2 * i + 1]!
    // One space before the first word was put there by the pre-tokenizer: the text has none to leave out.
    if (leading === 1 && addPrefixSpace && (i === 0 || start === 0)) leading = 0
    const newStart = Math.min(start + leading, end)
    const newEnd = end >= trailing ? Math.max(end - trailing, newStart) : end
    changed = true
    if (!isPlain) {
      const text = textOf(row, i)
      spans[2 * i] = move(text, spans[2 * i]!, newStart - start)
      spans[2 * i + 1] = move(text, spans[2 * i + 1]!, newEnd - end)
    }
    points[2 * i] = newStart
    points[2 * i + 1] = newEnd
  }
  return changed ? row.with({ points, spans }) : row
}

function textOf({ text, values }: TokenColumns, token: number): string {
  return typeof text === 'string' ? text : (text?.[values.words[token]!] ?? '')
}

/** The position `characters` code points after (or before) another one. */
function move(text: string, position: number, characters: number): number {
  let moved = position
  for (let i = 0; i < characters; i++) moved += isLead(text.charCodeAt(moved)) ? 2 : 1
  for (let i = 0; i > characters; i--)
    moved -= moved > 1 && isLead(text.charCodeAt(moved - 2)) ? 2 : 1
  return moved
}

const isLead = (code: number): boolean => code >= 0xd800 && code < 0xdc00

// The byte alphabet writes a space as U+0120.
const isSpace = (code: number): boolean => code === 0x120 || isWhitespace(code)

function leadingSpaces(token: string): number {
  let count = 0
  while (count < token.length && isSpace(token.charCodeAt(count))) count++
  return count
}

function trailingSpaces(token: string): number {
  let count = 0
  while (count < token.length && isSpace(token.charCodeAt(token.length - 1 - count))) count++
  return count
}
