// The ways between characters, words and tokens of an encoding. `null` in a golden is `undefined` here.
import { sameJson } from './encoding-records.mjs'

const orNull = (value) => value ?? null

const tables = {
  tokens: (encoding) => encoding.tokens,
  n_sequences: (encoding) => encoding.nSequences,
  char_to_token: (encoding, want) => bySequence(want, (at, s) => encoding.charToToken(at, s)),
  char_to_word: (encoding, want) => bySequence(want, (at, s) => encoding.charToWord(at, s)),
  word_to_tokens: (encoding, want) => bySequence(want, (word, s) => encoding.wordToTokens(word, s)),
  word_to_chars: (encoding, want) => bySequence(want, (word, s) => encoding.wordToChars(word, s)),
  token_to_chars: (encoding, want) => want.map((_, i) => orNull(encoding.tokenToChars(i))),
  token_to_word: (encoding, want) => want.map((_, i) => orNull(encoding.tokenToWord(i))),
  token_to_sequence: (encoding, want) => want.map((_, i) => orNull(encoding.tokenToSequence(i))),
}

const bySequence = (want, read) =>
  want.map((row, sequence) => row.map((_, i) => orNull(read(i, sequence))))

/** Compares every table of a golden. */
export function sameMapping(encoding, want) {
  for (const [name, table] of Object.entries(want)) {
    if (!Object.hasOwn(tables, name)) return `${name}: no such table`
    const difference = sameJson(tables[name](encoding, table), table)
    if (difference) return `${name}${difference}`
  }
  return undefined
}
