import { skipSpace, skipSpaceBack } from '../unicode.ts'
import type { Normalizer } from './normalizer.ts'

/** Removes white space from the left and the right end. */
export function strip({ left, right }: { left: boolean; right: boolean }): Normalizer {
  return {
    normalize(text) {
      const start = left ? skipSpace(text, 0) : 0
      const end = right ? skipSpaceBack(text, text.length) : text.length
      return end <= start ? '' : text.slice(start, end)
    },
  }
}
