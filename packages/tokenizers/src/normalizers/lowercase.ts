import { AlignedWriter, type AlignedText } from '../aligned-text.ts'
import type { Normalizer } from './normalizer.ts'

/** Lower case, one character at a time: unlike JavaScript's, a final capital sigma is like any other. */
export function toLowerCase(text: string): string {
  return text.replaceAll('\u03a3', '\u03c3').toLowerCase()
}

/** `aligned` in lower case. */
export function alignLowerCase(aligned: AlignedText): AlignedText {
  // The one capital that becomes two characters, i and a dot.
  if (!aligned.text.includes('\u0130')) return { ...aligned, text: toLowerCase(aligned.text) }
  const writer = new AlignedWriter(aligned)
  for (const character of aligned.text) {
    const [first, ...rest] = toLowerCase(character)
    writer.put(first!, 0)
    for (const added of rest) writer.put(added, 1)
  }
  return writer.finish()
}

/** Lower case. */
export function lowercase(): Normalizer {
  return { normalize: toLowerCase, align: alignLowerCase, toJSON: () => ({ type: 'Lowercase' }) }
}
