import { compareCodePoints } from '../code-point-order.ts'
import type { CheckedOptions } from './trainer-options.ts'
import type { WordCounts } from './word-counts.ts'

/** The tokens of a WordLevel model: the special ones, then the most frequent words, of equals the first in order. */
export function trainWordLevel({ words, counts }: WordCounts, options: CheckedOptions): string[] {
  const { specialTokens, minFrequency, vocabSize } = options
  const tokens = new Set(specialTokens.map(({ content }) => content))
  const order = [...words.keys()]
    .filter((i) => counts[i]! >= minFrequency)
    .sort((a, b) => counts[b]! - counts[a]! || compareCodePoints(words[a]!, words[b]!))
  for (const i of order) {
    if (tokens.size >= vocabSize) break
    tokens.add(words[i]!)
  }
  return [...tokens].slice(0, vocabSize)
}
