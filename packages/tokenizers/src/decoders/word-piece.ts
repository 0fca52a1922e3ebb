import { eachToken, wholeText, type Decoder } from './decoder.ts'

const rules: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [' do not', " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
]

/** Removes from one token the spaces that English does not have; the decoders' own list, not Transformers'. */
export function cleanToken(token: string): string {
  return rules.reduce((done, [from, to]) => done.replaceAll(from, to), token)
}

/** Joins tokens with spaces, those with the prefix without. */
export function wordPiece(prefix: string, cleanup: boolean): Decoder {
  const finish = (token: string): string => (cleanup ? cleanToken(token) : token)
  return {
    joins: false,
    open(next, joined) {
      // One text in chunks is the first token and no other.
      if (joined) return cleanup ? wholeText(next, cleanToken) : next
      let first = true
      return eachToken(next, (token) => {
        const continues = !first && token.startsWith(prefix)
        const own = first ? token : continues ? token.slice(prefix.length) : ` ${token}`
        first = false
        return finish(own)
      })
    },
    toJSON: () => ({ type: 'WordPiece', prefix, cleanup }),
  }
}
