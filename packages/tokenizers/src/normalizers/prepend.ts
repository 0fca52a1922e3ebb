import { AlignedWriter, unitsAt } from '../aligned-text.ts'
import type { Normalizer } from './normalizer.ts'

/** Puts a text before every text that is not empty. */
export function prepend(prefix: string): Normalizer {
  return {
    normalize: (text) => (text === '' ? text : prefix + text),
    align(aligned) {
      const { text } = aligned
      if (text === '') return aligned
      // The prefix takes the place of the first character, which is inserted behind it.
      const writer = new AlignedWriter(aligned)
      let change = 0
      for (const character of prefix) {
        writer.put(character, change)
        change = 1
      }
      const size = unitsAt(text, 0)
      writer.put(text.slice(0, size), 1)
      writer.skipTo(size)
      writer.copyTo(text.length)
      return writer.finish()
    },
    toJSON: () => ({ type: 'Prepend', prepend: prefix }),
  }
}
