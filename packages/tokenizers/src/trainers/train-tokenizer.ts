import { createTokenizer } from '../create-tokenizer.ts'
import type { Tokenizer } from '../tokenizer.ts'
import { trainTokenizerJson, type TokenizerSkeleton } from './train-tokenizer-json.ts'
import type { TrainerOptions } from './trainer-options.ts'
import type { TrainingTexts } from './word-counts.ts'

/**
 * Learns a vocabulary from texts and returns a tokenizer of the parts of `skeleton` around it. The same texts give
 * the same tokenizer. Others on the event loop get their turns meanwhile.
 */
export async function trainTokenizer(
  skeleton: TokenizerSkeleton,
  texts: TrainingTexts,
  options: TrainerOptions = {},
): Promise<Tokenizer> {
  return createTokenizer(await trainTokenizerJson(skeleton, texts, options))
}
