import { unitsAt } from '../aligned-text.ts'
import type { PreTokenizer } from './pieces.ts'
import { replaceBounds } from './split-pieces.ts'

/** Cuts after every `length` characters. */
export function fixedLength(length: number): PreTokenizer {
  return {
    apply(pieces) {
      const { text, bounds } = pieces
      const result: number[] = []
      for (let i = 0; i < bounds.length; i += 2) {
        const end = bounds[i + 1]!
        for (let start = bounds[i]!; start < end; ) {
          let next = start
          for (let count = 0; count < length && next < end; count++) next += unitsAt(text, next)
          result.push(start, next)
          start = next
        }
      }
      replaceBounds(pieces, result)
    },
    toJSON: () => ({ type: 'FixedLength', length }),
  }
}
