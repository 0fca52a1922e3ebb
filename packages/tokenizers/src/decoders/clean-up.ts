import type { TokenStream } from './decoder.ts'

const rules: readonly [string, string][] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
]

/** Transformers' `clean_up_tokenization`: removes the spaces that English does not have before punctuation. */
export function cleanUp(text: string): string {
  return rules.reduce((done, [from, to]) => done.replaceAll(from, to), text)
}

/**
 * The same for a text in chunks. A rule begins at a space and reads four characters at most, but one rule may make
 * room for the next; a space before a letter that no rule knows stops every chain, so all before it is certain.
 */
export function cleanUpStream(next: TokenStream): TokenStream {
  let held = ''
  return {
    write(chunk) {
      held += chunk
    },
    sync() {
      let cut = held.length
      for (let i = held.lastIndexOf(' '); i >= 0; i = i === 0 ? -1 : held.lastIndexOf(' ', i - 1)) {
        // What follows the space is known and harmless, and so is what is before it.
        if (i + 1 < held.length && isBarrier(held, i)) break
        cut = i
      }
      // A chain may reach back over letters to an earlier space, never over a barrier: keep from the first open space.
      if (cut > 0) next.write(cleanUp(held.slice(0, cut)))
      held = held.slice(cut)
      return next.sync()
    },
    end() {
      if (held !== '') next.write(cleanUp(held))
      next.end()
    },
  }
}

const harmless = /[^ .?!,'n]/

function isBarrier(text: string, space: number): boolean {
  return harmless.test(text[space + 1]!) && (space === 0 || harmless.test(text[space - 1]!))
}
