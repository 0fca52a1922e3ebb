import { replacePattern, type Pattern } from '../pattern.ts'
import type { Normalizer } from './normalizer.ts'

/** Replaces every match of a pattern by a fixed text. */
export function replace(pattern: Pattern, content: string): Normalizer {
  return { normalize: (text) => replacePattern(text, pattern, content) }
}
