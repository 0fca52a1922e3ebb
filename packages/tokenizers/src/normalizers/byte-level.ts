import { AlignedWriter } from '../aligned-text.ts'
import { toByteCharacters } from '../byte-alphabet.ts'
import type { Normalizer } from './normalizer.ts'

/** Writes each byte of UTF-8 as one visible character. */
export function byteLevel(): Normalizer {
  return {
    normalize: toByteCharacters,
    align(aligned) {
      const writer = new AlignedWriter(aligned)
      for (const character of aligned.text) {
        const bytes = toByteCharacters(character)
        writer.put(bytes[0]!, 0)
        for (let i = 1; i < bytes.length; i++) writer.put(bytes[i]!, 1)
      }
      return writer.finish()
    },
    toJSON: () => ({ type: 'ByteLevel' }),
  }
}
