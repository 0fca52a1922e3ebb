// What post-processors do to ids alone, for texts whose offsets nobody wants.
import type { PostProcessor } from './post-processor.ts'

/** Ids to put around the text, or `A` and `B` where the texts go. */
export type TemplatePart = 'A' | 'B' | readonly number[]

/** Where the ids of one text, or of a pair, go; without special tokens only the order of the texts. */
export function layoutOf(
  processor: PostProcessor | undefined,
  isPair: boolean,
  addSpecialTokens: boolean,
): readonly TemplatePart[] {
  const texts: TemplatePart[] = isPair ? ['A', 'B'] : ['A']
  if (!processor) return texts
  const parts = processor.lay(texts.map((text) => [text])).flat()
  return addSpecialTokens ? parts : parts.filter((part) => typeof part === 'string')
}

/** Lays a template around the ids of one or two texts. */
export function applyTemplate(
  parts: readonly TemplatePart[],
  first: number[],
  second: readonly number[],
): number[] {
  if (parts.length === 1 && parts[0] === 'A') return first
  const ids: number[] = []
  for (const part of parts) {
    for (const id of part === 'A' ? first : part === 'B' ? second : part) ids.push(id)
  }
  return ids
}
