/** Turns a text into the text that is tokenized. */
export interface Normalizer {
  normalize(text: string): string
}
