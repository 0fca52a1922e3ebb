import { sliceAligned } from '../aligned-text.ts'
import { skipSpace, skipSpaceBack } from '../unicode.ts'
import type { Normalizer } from './normalizer.ts'

/** Removes white space from the left and the right end. */
export function strip({ left, right }: { left: boolean; right: boolean }): Normalizer {
  const boundsOf = (text: string): [number, number] => {
    const start = left ? skipSpace(text, 0) : 0
    const end = right ? skipSpaceBack(text, text.length) : text.length
    return [start, Math.max(start, end)]
  }
  return {
    normalize: (text) => text.slice(...boundsOf(text)),
    align(aligned) {
      const { origin } = aligned
      const slice = sliceAligned(aligned, ...boundsOf(aligned.text))
      return origin === undefined ? slice : { ...slice, origin }
    },
    toJSON: () => ({ type: 'Strip', strip_left: left, strip_right: right }),
  }
}
