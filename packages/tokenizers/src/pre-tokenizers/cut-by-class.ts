import { unitsAt } from '../aligned-text.ts'
import { CharacterTable } from '../character-table.ts'
import { punctuationMarks } from '../unicode-history.ts'
import type { Pieces, PreTokenizer } from './pieces.ts'
import { replaceBounds, splitPieces, type SplitBehavior } from './split-pieces.ts'

/** What happens to characters of a class: dropped, a piece each, or a piece with their neighbours of the class. */
type Treatment = 'drop' | 'alone' | 'together'

function cutByClass(
  tests: readonly RegExp[],
  treatments: readonly Treatment[],
  json: unknown,
): PreTokenizer {
  const table = new CharacterTable(tests)
  const drops = treatments.map((treatment) => treatment === 'drop')
  const stands = treatments.map((treatment) => treatment === 'alone')
  const scanner = (text: string, start: number, end: number): number => {
    const kind = table.classAt(text, start)
    let at = start + unitsAt(text, start)
    if (!stands[kind]) {
      while (at < end && table.classAt(text, at) === kind) at += unitsAt(text, at)
    }
    return drops[kind] ? ~at : at
  }
  return {
    apply(pieces: Pieces): void {
      const { text, bounds } = pieces
      const result: number[] = []
      for (let i = 0; i < bounds.length; i += 2) {
        const end = bounds[i + 1]!
        for (let start = bounds[i]!; start < end; ) {
          const to = scanner(text, start, end)
          if (to > 0) result.push(start, to)
          start = to > 0 ? to : ~to
        }
      }
      replaceBounds(pieces, result)
    },
    scanner,
    toJSON: () => json,
  }
}

const space = /\p{White_Space}/u
const word = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u
const punctuationMark = new RegExp(punctuationMarks, 'v')

/** Separates numbers from the rest, whole or digit by digit. */
export const digits = (individual: boolean): PreTokenizer =>
  cutByClass([/\p{N}/u], ['together', individual ? 'alone' : 'together'], {
    type: 'Digits',
    individual_digits: individual,
  })

/** Keeps runs of word characters and runs of other visible characters. */
export const whitespace = (): PreTokenizer =>
  cutByClass([word, space], ['together', 'together', 'drop'], { type: 'Whitespace' })

/** Cuts at white space and drops it. */
export const whitespaceSplit = (): PreTokenizer =>
  cutByClass([space], ['together', 'drop'], { type: 'WhitespaceSplit' })

/** Cuts at white space, which is dropped, and around every punctuation character. */
export const bertPreTokenizer = (): PreTokenizer =>
  cutByClass([space, punctuationMark], ['together', 'drop', 'alone'], { type: 'BertPreTokenizer' })

/** Cuts at punctuation, ASCII symbols included. */
export function punctuation(behavior: SplitBehavior): PreTokenizer {
  const json = { type: 'Punctuation', behavior }
  switch (behavior) {
    case 'Removed':
      return cutByClass([punctuationMark], ['together', 'drop'], json)
    case 'Isolated':
      return cutByClass([punctuationMark], ['together', 'alone'], json)
    case 'Contiguous':
      return cutByClass([punctuationMark], ['together', 'together'], json)
  }
  const table = new CharacterTable([punctuationMark])
  const find = (text: string, offset: number, matches: number[]) => {
    for (let at = 0; at < text.length; ) {
      const code = text.codePointAt(at)!
      const next = at + (code > 0xffff ? 2 : 1)
      if (table.classOf(code) === 1) matches.push(offset + at, offset + next)
      at = next
    }
  }
  return { apply: (pieces) => splitPieces(pieces, find, behavior, false), toJSON: () => json }
}

/** Cuts at one character and drops it. */
export function charDelimiterSplit(delimiter: string): PreTokenizer {
  return {
    apply(pieces) {
      const { text, bounds } = pieces
      const result: number[] = []
      let next = text.indexOf(delimiter)
      for (let i = 0; i < bounds.length; i += 2) {
        const end = bounds[i + 1]!
        let start = bounds[i]!
        while (next >= 0 && next < start) next = text.indexOf(delimiter, next + delimiter.length)
        for (; next >= 0 && next < end; next = text.indexOf(delimiter, start)) {
          if (next > start) result.push(start, next)
          start = next + delimiter.length
        }
        if (end > start) result.push(start, end)
      }
      replaceBounds(pieces, result)
    },
    toJSON: () => ({ type: 'CharDelimiterSplit', delimiter }),
  }
}
