import { AlignedWriter } from '../aligned-text.ts'
import { replacesUnits, replacePattern, type Pattern } from '../pattern.ts'
import type { Normalizer } from './normalizer.ts'

/** Replaces every match of a pattern by a fixed text. */
export function replace(pattern: Pattern, content: string): Normalizer {
  return {
    normalize: (text) => replacePattern(text, pattern, content),
    align(aligned) {
      const { text } = aligned
      const matches: number[] = []
      pattern.findAll(text, 0, matches)
      if (matches.length === 0) return aligned
      const writer = new AlignedWriter(aligned)
      for (let i = 0; i < matches.length; i += 2) {
        writer.copyTo(matches[i]!)
        writer.skipTo(matches[i + 1]!)
        writer.insert(content)
      }
      writer.copyTo(text.length)
      return writer.finish()
    },
    isUnitwise: replacesUnits(pattern, content),
    toJSON: () => ({ type: 'Replace', pattern: pattern.json, content }),
  }
}
