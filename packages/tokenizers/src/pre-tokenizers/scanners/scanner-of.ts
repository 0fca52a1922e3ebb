import type { Pattern } from '../../pattern.ts'
import { cl100kScanner } from './cl100k.ts'
import { scanDeepSeek, scanDigits, scanKana } from './deepseek.ts'
import { scanGpt2 } from './gpt2.ts'
import { o200kScanner } from './o200k.ts'
import type { Scanner } from './scanner.ts'

const contraction = "'s|'t|'re|'ve|'m|'ll|'d"
const lines = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'

const cl100k = (digits: string) =>
  `(?i:${contraction})|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${lines}`

const tiktoken =
  "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" +
  '\\s+\\z|\\s*[\\r\\n]|\\s+(?!\\S)|\\s'

const o200k = (digits: string, suffix: string) => {
  const upper = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]'
  const lower = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]'
  const before = '[^\\r\\n\\p{L}\\p{N}]?'
  const words = `${before}${upper}*${lower}+${suffix}|${before}${upper}+${lower}*${suffix}`
  return `${words}|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${lines}`
}

const deepSeek =
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+|' +
  ` ?[\\p{P}\\p{S}]+[\r\n]*|${lines}`

/** The patterns that are written as code, by their exact text. */
export const scanners: ReadonlyMap<string, Scanner> = new Map<string, Scanner>([
  [`${contraction}| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+`, scanGpt2],
  [cl100k('\\p{N}{1,3}'), cl100kScanner(3)],
  [cl100k('\\p{N}'), cl100kScanner(1)],
  [tiktoken, cl100kScanner(3, true)],
  [o200k('\\p{N}{1,3}', `(?i:${contraction})?`), o200kScanner(3, true)],
  [o200k('\\p{N}', ''), o200kScanner(1, false)],
  ['\\p{N}{1,3}', scanDigits],
  ['[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+', scanKana],
  [deepSeek, scanDeepSeek],
])

/** The code for a pattern, or undefined when there is none. */
export function scannerOf({ literal, json }: Pattern): Scanner | undefined {
  if (literal !== undefined) return undefined
  return scanners.get((json as { Regex: string }).Regex)
}

// Some characters are in no match of these.
const partial: ReadonlySet<Scanner> = new Set([scanDigits, scanKana, scanDeepSeek])

/** True when every character of every text is in a match. */
export function coversTexts(scanner: Scanner): boolean {
  return !partial.has(scanner)
}
