import type { AlignedText } from '../aligned-text.ts'

/** Turns a text into the text that is tokenized. */
export interface Normalizer {
  normalize(text: string): string
  /** The same text as `normalize`, with where it came from. */
  align(text: AlignedText): AlignedText
  /** True when each UTF-16 unit becomes one unit whatever stands beside it: then a text may be cut before or after. */
  readonly isUnitwise?: boolean
  /** The normalizer as tokenizer.json has it. */
  toJSON(): unknown
}
