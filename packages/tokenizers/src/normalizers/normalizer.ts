import type { AlignedText } from '../aligned-text.ts'

/** Turns a text into the text that is tokenized. */
export interface Normalizer {
  normalize(text: string): string
  /** The same text as `normalize`, with where it came from. */
  align(text: AlignedText): AlignedText
  /** The normalizer as tokenizer.json has it. */
  toJSON(): unknown
}
